// Strangers at a rendezvous server: plain sockets that misuse HTTP and WebSocket,
// as a program on a host.
//
//	const strangers = new RendezvousStrangers(t, host, { address, port, manner,
//		count });
//	await strangers.over      { connected, open, statuses, received }: all
//	                          ended, or nothing happened for a while
//
// statuses counts first lines of answers ("HTTP/1.1 400"); received is the
// beginning of what the first of them got.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Program, main } from './program.mjs';
import { BINARY, CLOSE, CONTINUATION, PING, TEXT, frame }
	from './websocket_wire.mjs';

const QUIET_MS = 1500, PATIENCE_MS = 25000, MIB = 1 << 20;

const head = (line, ...more) =>
	[line, 'Host: rendezvous', ...more, '', ''].join('\r\n');
const post = (body, ...more) => head('POST /publish HTTP/1.1',
	'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(
		body)}`, ...more) + body;
const upgrade = (id) => head(`GET /ws?peer_id=${id} HTTP/1.1`,
	'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
	'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==');
const online = (id) => JSON.stringify({ type: 'online', peerId: id });

async function slowly(socket, text, pauseMs = 400) {
	for (const byte of Buffer.from(text)) {
		if (socket.destroyed)
			return;
		socket.write(Buffer.from([byte]));
		await delay(pauseMs);
	}
}

// As much as the other side takes.
async function pour(socket, bytes, times) {
	for (let i = 0; i < times && !socket.destroyed; i++)
		if (!socket.write(bytes))
			await Promise.race([delay(PATIENCE_MS), new Promise((done) => {
				socket.once('drain', done);
				socket.once('close', done);
			})]);
}

const hello = Buffer.from('16030100c8010000c40303', 'hex');
const nested = (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const keys = (count) => `{${Array.from({ length: count }, (_, i) =>
	`"${i}":0`)},"type":"online","peerId":"keys"}`;

const bodies = { 'a deep object': nested(6000),
	'a deep list': `${'['.repeat(30000)}`,
	'many keys': keys(3000), 'one key over and over':
		`{${'"type":"online",'.repeat(1800)}"peerId":"again"}`,
	'bytes that are no UTF-8': Buffer.from(
		'{"type":"online","peerId":"\xc3\x28\xff"}', 'latin1').toString('latin1'),
	'half a surrogate': '{"type":"online","peerId":"\\ud800"}',
	'a zero in the id': '{"type":"online","peerId":"a\\u0000b"}',
	'control characters': '{"type":"online","peerId":"a\\u001b[2J",' +
		'"content":"\\u0007\\n\\r\\u2028"}',
	'a huge number': `{"type":"online","peerId":"n","ts":${'9'.repeat(400)}}`,
	'an exponent': '{"type":"online","peerId":"n","ts":1e400}',
	'body over the limit': `{"type":"online","peerId":"big","content":"${
		'x'.repeat(40000)}"}` };

const web = {
	silence: () => {},
	'half a head': (socket) => socket.write('GET /events HTT'),
	'half a head and the end': (socket) => socket.end('GET /events HTT'),
	'a head, slowly': (socket) => slowly(socket, head('GET / HTTP/1.1',
		`X: ${'x'.repeat(1000)}`)),
	'a body, slowly': async (socket) => {
		socket.write(head('POST /publish HTTP/1.1', 'Content-Length: 500'));
		await slowly(socket, online('slow').padEnd(500));
	},
	'a body that never comes': (socket) => socket.write(
		head('POST /publish HTTP/1.1', 'Content-Length: 500')),
	'a body without an end': async (socket) => {
		socket.write(head('POST /publish HTTP/1.1',
			'Transfer-Encoding: chunked'));
		await pour(socket, `10000\r\n${'x'.repeat(65536)}\r\n`, 800);
	},
	'a body of 50 MiB': async (socket) => {
		socket.write(head('POST /publish HTTP/1.1',
			`Content-Length: ${50 * MIB}`));
		await pour(socket, Buffer.alloc(MIB, ' '), 50);
	},
	'a length that overflows': (socket) => socket.write(head(
		'POST /publish HTTP/1.1', 'Content-Length: 18446744073709551617') +
		online('x')),
	'two lengths': (socket) => socket.write(head('POST /publish HTTP/1.1',
		'Content-Length: 3', 'Content-Length: 40') + online('x')),
	'a smuggled request': (socket) => socket.write(head(
		'POST /publish HTTP/1.1', 'Content-Length: 4',
		'Transfer-Encoding: chunked') + '0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n'),
	'a header of 1 MiB': (socket) => pour(socket,
		Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nX: '),
			Buffer.alloc(MIB, 'x')]), 1),
	'a hundred thousand headers': (socket) => pour(socket,
		Buffer.from(`GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(100000)}`), 1),
	'a path of 100 KiB': (socket) => socket.write(
		head(`GET /${'a/'.repeat(50000)} HTTP/1.1`)),
	'a thousand requests at once': (socket) =>
		socket.write(head('GET /healthz HTTP/1.1').repeat(1000)),
	'a thousand requests, unread': (socket) => {
		socket.pause();
		return pour(socket, head('GET / HTTP/1.1').repeat(100), 10);
	},
	zeros: (socket) => socket.write(Buffer.alloc(MIB)),
	garbage: (socket) => socket.write(randomBytes(MIB)),
	'a TLS hello': (socket) => socket.write(Buffer.concat([hello,
		randomBytes(194)])),
	'half a TLS hello': (socket) => socket.write(hello.subarray(0, 7)),
	'TLS records of garbage': (socket) => socket.write(Buffer.concat(Array.from(
		{ length: 50 }, () => Buffer.concat([Buffer.from('1603014000', 'hex'),
			randomBytes(0x4000)])))),
	'wrong methods': (socket) => socket.write(['PUT', 'DELETE', 'PATCH', 'TRACE',
		'OPTIONS', 'PROPFIND', 'FOO'].map((method) =>
		head(`${method} /publish HTTP/1.1`)).join('')),
	'CONNECT': (socket) => socket.write(head('CONNECT 10.77.0.1:22 HTTP/1.1')),
	...Object.fromEntries(Object.entries(bodies).map(([name, body]) =>
		[name, (socket) => socket.write(post(body))]))
};

// What follows a good handshake for an id that was published.
const masked = (data, more = {}) => frame(data, { mask: true, ...more });
const sockets = {
	'an unmasked frame': () => frame(online('unmasked')),
	'a reserved opcode': () => masked('x', { opcode: 3 }),
	'a reserved control opcode': () => masked('x', { opcode: 11 }),
	'reserved bits': () => masked(online('rsv'), { rsv: 4 }),
	'a ping in pieces': () => masked('x', { opcode: PING, fin: false }),
	'a ping of 126 bytes': () => masked('x'.repeat(126), { opcode: PING }),
	'a continuation of nothing': () => masked('x', { opcode: CONTINUATION }),
	'a text within a text': () => Buffer.concat([masked('x', { fin: false }),
		masked('y')]),
	'a frame of 2^62 bytes': () => masked('x', { length: 2 ** 62 }),
	'a frame of 2^63 bytes and more': () => Buffer.concat([
		Buffer.from([0x81, 0xff]), Buffer.alloc(8, 0xff), Buffer.alloc(4)]),
	'a message of 1 MiB': () => masked(Buffer.alloc(MIB, 'x')),
	'a message of 1 MiB in pieces': () => Buffer.concat([masked('[',
		{ fin: false }), ...Array.from({ length: 1024 }, () => masked(
		Buffer.alloc(1024, '1'), { opcode: CONTINUATION, fin: false }))]),
	'pieces of nothing': () => Buffer.concat([masked('', { fin: false }),
		...Array.from({ length: 100000 }, () => masked('',
			{ opcode: CONTINUATION, fin: false }))]),
	'a frame that is never finished': () => masked('x'.repeat(100),
		{ length: 20000 }),
	'text that is no UTF-8': () => masked(Buffer.from([0xc3, 0x28])),
	'a close of one byte': () => masked('x', { opcode: CLOSE }),
	'a close with a bad code': () => masked(Buffer.from([0x03, 0xed]),
		{ opcode: CLOSE }),
	'frames after the close': () => Buffer.concat([masked(Buffer.from([3, 0xe8]),
		{ opcode: CLOSE }), masked(online('ghost'))]),
	'no JSON': () => Buffer.concat(Array.from({ length: 1000 }, () =>
		masked('not json'))),
	binary: () => masked(randomBytes(1000), { opcode: BINARY }),
	'a hundred thousand pings, unread': () => Buffer.concat(Array.from(
		{ length: 100000 }, () => masked('x'.repeat(100), { opcode: PING }))),
	'a flood of messages': () => Buffer.concat(Array.from({ length: 20000 },
		(_, i) => masked(JSON.stringify({ type: 'update', peerId: 'flood',
			content: `${i}` }), { opcode: TEXT }))),
	'HTTP after the handshake': () => Buffer.from(head('GET / HTTP/1.1')
		.repeat(20))
};
export const WEB = Object.keys(web);
export const SOCKETS = Object.keys(sockets);

// Publish first, shake hands, and then.
async function socketManner(socket, manner, number) {
	const id = manner === 'a flood of messages' ? 'flood' : `ws${number}`;
	socket.write(post(online(id)));
	await new Promise((done) => {
		socket.once('data', done);
		socket.once('close', done);
	});
	socket.write(upgrade(id));
	await new Promise((done) => {
		socket.once('data', done);
		socket.once('close', done);
	});
	if (/unread/.test(manner))
		socket.pause();
	await pour(socket, sockets[manner](), 1);
}

export class RendezvousStrangers extends Program {
	constructor(t, host, options) {
		super(t, host, import.meta.url, options);
		this.over = this.event((e) => e.event === 'over', 0,
			{ patience: 2 * PATIENCE_MS, what: options.manner });
		this.over.catch(() => {});
	}
}

main(import.meta.url, async ({ address, port = 8787, manner, count = 1 },
	tell) => {
	const told = { connected: 0, closed: 0, statuses: {}, received: '' };
	let last = Date.now();
	const begin = Date.now();
	for (let number = 0; number < count; number++) {
		const socket = connect({ host: address, port });
		socket.on('error', () => {}); // a reset is one way to end
		socket.on('connect', () => {
			told.connected++;
			if (web[manner])
				web[manner](socket);
			else
				socketManner(socket, manner, number);
		});
		socket.on('data', (data) => {
			last = Date.now();
			const text = data.toString('latin1');
			for (const [, status] of text.matchAll(/HTTP\/1\.[01] (\d+)/g))
				told.statuses[status] = (told.statuses[status] ?? 0) + 1;
			if (number === 0 && told.received.length < 8192)
				told.received += text;
		});
		socket.on('close', () => {
			last = Date.now();
			told.closed++;
		});
	}
	const isSlow = /slowly|never|silence|half|unread|finished/.test(manner);
	while (told.closed < count && Date.now() - last < (isSlow ? PATIENCE_MS :
		QUIET_MS) && Date.now() - begin < PATIENCE_MS)
		await delay(50);
	tell({ event: 'over', ...told, open: told.connected - told.closed });
	process.exit(0);
});
