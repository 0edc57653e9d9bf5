// A server that has moved: sends each request to another host.
//
//	const mover = new Mover(t, host, 'https://elsewhere.example'); // port 8787
//	await mover.ready
import { createServer } from 'node:http';
import { Program, main } from './program.mjs';

export class Mover extends Program {
	constructor(t, host, to) {
		super(t, host, import.meta.url, { address: host.ipv4, to });
		this.ready = this.event((e) => e.event === 'listening');
	}
}

main(import.meta.url, ({ address, to }, tell) => {
	const server = createServer((request, answer) =>
		answer.writeHead(301, { Location: to + request.url }).end());
	server.on('upgrade', (request, socket) => socket.end(
		`HTTP/1.1 301 x\r\nLocation: ${to}${request.url}\r\n` +
		'Content-Length: 0\r\n\r\n'));
	server.listen(8787, address, () => tell({ event: 'listening' }));
});
