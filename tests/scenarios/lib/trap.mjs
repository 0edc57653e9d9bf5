// A server on a host's loopback that nobody should talk to, as a program: tells
// { event: 'listening', port }, and { event: 'visited' } for each connection.
import { createServer } from 'node:net';
import { main } from './program.mjs';

export const TRAP = import.meta.url;

main(import.meta.url, (options, tell) => {
	const server = createServer((socket) => {
		tell({ event: 'visited' });
		socket.destroy();
	});
	server.listen(0, '127.0.0.1', () =>
		tell({ event: 'listening', port: server.address().port }));
});
