// One who listens to a rendezvous server and notes all that comes and when, as a
// program on a host; by event stream or WebSocket, classic or delta.
//
//	const ear = new Subscriber(t, host, { url, delta: true });
//	await ear.open                    { status, headers } of the answer
//	await ear.hears((m) => m.peerId === id && m.type === 'online')
//	ear.events      open, message (message, id, at), comment, retry, ping,
//	                close-frame (code, reason), closed
//	ear.say({ text })                 over its WebSocket
//	ear.say({ pause: true })          reads no more
//
// Options: kind ('events' or 'ws'), delta, since, peerId (of a WebSocket),
// headers (more of them), from (its own address), count (so many connections at once; events of all).
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Program, main } from './program.mjs';
import { PING, WebSocketWire } from './websocket_wire.mjs';

export class Subscriber extends Program {
	constructor(t, host, { env, ...options }) {
		super(t, host, import.meta.url, options, { env });
		this.open = this.event((e) => e.event === 'open');
		this.open.catch(() => {});
	}

	hears(wanted, from = 0, what = wanted) {
		return this.event((e) => e.event === 'message' && wanted(e.message),
			from, { what });
	}

	// What it was told of this peer, in order.
	typesOf(peerId) {
		return this.events.filter((e) => e.event === 'message' &&
			e.message.peerId === peerId).map((e) => e.message.type);
	}
}

function target({ kind, url, delta, since, peerId }) {
	const query = new URLSearchParams({ ...(kind === 'ws' && { peer_id: peerId }),
		...(delta && { mode: 'delta' }), ...(since && { since }) });
	return `${new URL(url).pathname.replace(/\/+$/, '')}` +
		`/${kind === 'ws' ? 'ws' : 'events'}${`${query}` && `?${query}`}`;
}

function request(options) {
	const headers = { Host: new URL(options.url).host,
		...(options.kind === 'ws' ? { Connection: 'Upgrade',
			Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
			'Sec-WebSocket-Key': 'MDEyMzQ1Njc4OWFiY2RlZg==' } :
			{ Accept: 'text/event-stream' }), ...options.headers };
	return [`GET ${target(options)} HTTP/1.1`, ...Object.entries(headers)
		.map(([key, value]) => `${key}: ${value}`), '', ''].join('\r\n');
}

// Events of a stream whose chunks are taken apart already.
class EventReader {
	rest = '';
	id = undefined;

	constructor(tell) {
		this.tell = tell;
	}

	push(text) {
		const lines = (this.rest + text).split(/\r?\n/);
		this.rest = lines.pop();
		for (const line of lines) {
			const [, field, value] = /^(\w*):\s?(.*)$/s.exec(line) ?? [];
			if (field === '')
				this.tell({ event: 'comment', text: value });
			else if (field === 'id')
				this.id = value;
			else if (field === 'retry')
				this.tell({ event: 'retry', ms: Number(value) });
			else if (field === 'data')
				this.tell({ event: 'message', message: JSON.parse(value),
					id: this.id, size: value.length });
			else if (line === '')
				this.id = undefined;
		}
	}
}

class ChunkReader {
	input = Buffer.alloc(0);

	constructor(take) {
		this.take = take;
	}

	push(data) {
		this.input = Buffer.concat([this.input, data]);
		for (;;) {
			const line = this.input.indexOf('\r\n');
			const size = parseInt(this.input.toString('latin1', 0,
				Math.max(line, 0)), 16);
			if (line < 0 || this.input.length < line + size + 4)
				return;
			this.take(this.input.subarray(line + 2, line + 2 + size).toString());
			this.input = this.input.subarray(line + size + 4);
		}
	}
}

function readBody(options, socket, answer, early, tell) {
	if (answer.status === 101) {
		const wire = new WebSocketWire(socket, { client: true, early });
		wire.onFrame = (got) => got.opcode === PING && tell({ event: 'ping' });
		wire.onMessage = (bytes) => tell({ event: 'message',
			message: JSON.parse(bytes.toString()), size: bytes.length });
		wire.onClose = (code, reason) => tell({ event: 'close-frame', code,
			reason });
		return wire;
	}
	const events = new EventReader(tell);
	const take = (text) => answer.status === 200 ? events.push(text) :
		tell({ event: 'body', text });
	const chunks = answer.headers['transfer-encoding'] === 'chunked' ?
		new ChunkReader(take) : { push: (data) => take(data.toString()) };
	socket.on('data', (data) => chunks.push(data));
	chunks.push(early);
	return undefined;
}

function listen(options, tell) {
	const url = new URL(options.url);
	const host = url.hostname.replace(/^\[|\]$/g, '');
	const socket = url.protocol === 'https:' ? connectTls({ host,
		port: Number(url.port || 443), servername: host }) :
		connect({ host, port: Number(url.port || 80),
			localAddress: options.from });
	const one = { socket };
	let head = Buffer.alloc(0);
	const onHead = (data) => {
		head = Buffer.concat([head, data]);
		const end = head.indexOf('\r\n\r\n');
		if (end < 0)
			return;
		socket.off('data', onHead);
		const [first, ...lines] = head.toString('latin1', 0, end).split('\r\n');
		const answer = { status: Number(first.split(' ')[1]),
			headers: Object.fromEntries(lines.map((line) => {
				const colon = line.indexOf(':');
				return [line.slice(0, colon).toLowerCase(),
					line.slice(colon + 1).trim()];
			})) };
		tell({ event: 'open', ...answer });
		one.wire = readBody(options, socket, answer, head.subarray(end + 4),
			tell);
	};
	socket.on('data', onHead);
	socket.on('error', (error) => tell({ event: 'error', text: error.message }));
	socket.on('close', () => tell({ event: 'closed' }));
	socket.write(request(options));
	return one;
}

main(import.meta.url, async ({ kind = 'events', count = 1, ...options }, tell,
	orders) => {
	const all = Array.from({ length: count }, (_, number) =>
		listen({ kind, ...options }, (told) =>
			tell({ ...told, number, at: Date.now() })));
	for await (const { text, pause } of orders)
		for (const { socket, wire } of all) {
			if (text !== undefined)
				wire.send(text);
			if (pause)
				socket.pause();
		}
});
