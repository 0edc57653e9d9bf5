// A router that speaks NAT-PMP (RFC 6886) and nothing else, as a program on a
// router of internet.mjs; it only says that it maps.
//
//	const router = new Program(t, home.router, url, { outside: '45.77.1.2' })
//	await router.event((e) => e.event === 'mapped')  // { inside, outside, lifetime }
//
// For NAT-PMP it started when the program did.
import { createSocket } from 'node:dgram';
import { main } from './program.mjs';

export const NAT_PMP_ROUTER = import.meta.url;

const PORT = 5351, UNSUPPORTED_VERSION = 1, MAP_TCP = 2;

const head = (opcode, result, started) => {
	const bytes = Buffer.alloc(8);
	bytes[1] = 0x80 | opcode;
	bytes.writeUInt16BE(result, 2);
	bytes.writeUInt32BE(Math.floor((Date.now() - started) / 1000), 4);
	return bytes;
};

main(import.meta.url, async ({ outside }, tell) => {
	const started = Date.now();
	const socket = createSocket('udp4');
	const answer = (request) => {
		const [version, opcode] = request;
		if (version !== 0)
			return head(opcode & 0x7f, UNSUPPORTED_VERSION, started);
		if (opcode !== MAP_TCP)
			return Buffer.concat([head(0, 0, started),
				Buffer.from(outside.split('.').map(Number))]);
		const asked = { inside: request.readUInt16BE(4),
			outside: request.readUInt16BE(6), lifetime: request.readUInt32BE(8) };
		tell({ event: asked.lifetime > 0 ? 'mapped' : 'deleted', ...asked });
		return Buffer.concat([head(opcode, 0, started), request.subarray(4)]);
	};
	socket.on('message', (request, from) =>
		socket.send(answer(request), from.port, from.address));
	await new Promise((done) => socket.bind(PORT, done));
	tell({ event: 'ready' });
});
