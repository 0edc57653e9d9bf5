// A name server that knows a few names, as a program on a host.
//
//	const dns = new NameServer(t, host, { 'a.example': ['10.77.0.1', 'fd77::1'] });
//	await dns.ready
//	dns.set({ ... })        other names from now on
//	dns.events              { event: 'question', name, type }
//	await dns.stop()        nobody answers any more
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { Program, main } from './program.mjs';

const A = 1, AAAA = 28, NO_SUCH_NAME = 3;

export class NameServer extends Program {
	constructor(t, host, names) {
		super(t, host, import.meta.url, { names, address: host.ipv4 });
		this.ready = this.event((e) => e.event === 'listening');
		this.ready.catch(() => {});
	}

	set(names) {
		this.say({ names });
	}
}

function bytesOf(address) {
	if (!isIPv6(address))
		return Buffer.from(address.split('.').map(Number));
	const [left, right = ''] = address.split('::').map((half) =>
		half.split(':').filter(Boolean));
	const words = [...left, ...Array(8 - left.length - right.length).fill('0'),
		...right];
	return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''),
		'hex');
}

function reply(query, names, tell) {
	let at = 12;
	const labels = [];
	while (query[at]) {
		labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
		at += 1 + query[at];
	}
	const type = query.readUInt16BE(at + 1);
	const question = query.subarray(12, at + 5);
	const name = labels.join('.').toLowerCase();
	tell({ event: 'question', name, type });
	const answers = (names[name] ?? []).filter((address) =>
		type === (isIPv6(address) ? AAAA : A)).map((address) => {
		const data = bytesOf(address);
		// The name in the question, class IN, two seconds to live.
		return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 2,
			0, data.length]), data]);
	});
	const head = Buffer.from(query.subarray(0, 12));
	head[2] = 0x84 | query[2] & 1;
	head[3] = 0x80 | (names[name] ? 0 : NO_SUCH_NAME);
	head.writeUInt16BE(1, 4);
	head.writeUInt16BE(answers.length, 6);
	head.fill(0, 8);
	return Buffer.concat([head, question, ...answers]);
}

main(import.meta.url, async (options, tell, orders) => {
	let { names } = options;
	const socket = createSocket('udp4');
	socket.on('message', (query, from) => socket.send(
		reply(query, names, tell), from.port, from.address));
	socket.bind(53, options.address, () => tell({ event: 'listening' }));
	for await (const order of orders)
		names = order.names;
});
