// The original's rendezvous server, written from the reference (sections 1 to 4),
// as a program on a host; generations 'february' (event streams only, strict
// JSON), 'march' (the first with WebSockets) and 'april' (425, short pings).
//
//	const server = new OriginalServer(t, host, { generation: 'april',
//	    relay });     what GET /relay answers; without it there is none
//	await server.ready;  server.url
//	server.events     connection, request (head, body, status), frame, ws (open,
//	                  closed), broadcast
//	await server.rows()                   the peers in its table
//	await server.broadcastOf(id, 'online')    what it passed on
//	server.say({ what: 'drop', id })      breaks the WebSocket of this peer
//	server.say({ what: 'refuse', path, status })   answers so from now on,
//	                                      without status as before
import { randomBytes } from 'node:crypto';
import { Program, main } from './program.mjs';
import { answer, beginStream, goHttpServer, refuse } from './go_http.mjs';
import { FIRST_FIELDS, decode, encode, refusal } from './original_message.mjs';
import { OriginalTable } from './original_table.mjs';
import { WebSocketWire, acceptKey, PING, TEXT } from './websocket_wire.mjs';

const RATE_WINDOW_MS = 60000, RATE_MAX = 60;
const SSE_MAX = 1024, SSE_PER_ADDRESS = 10, SSE_QUEUE = 64, SSE_PING_MS = 25000;
const WS_PER_ADDRESS = 100, WS_QUEUE = 128;
const TICK_MS = 5000;
const GENERATIONS = {
	february: { hasWebSocket: false, fields: FIRST_FIELDS, isSilent: true,
		hints: false },
	march: { hasWebSocket: true, isGated: false, pingMs: 15000, readMs: 45000,
		writeMs: 10000 },
	april: { hasWebSocket: true, isGated: true, pingMs: 5000, readMs: 15000,
		writeMs: 2000 }
};

export class OriginalServer extends Program {
	asked = 0;

	constructor(t, host, { port = 8787, bind = '0.0.0.0', ...options } = {}) {
		super(t, host, import.meta.url, { port, bind, ...options });
		this.port = port;
		this.url = `http://${host?.ipv4 ?? '127.0.0.1'}:${port}`;
		this.ready = this.event((e) => e.event === 'listening');
		this.ready.catch(() => {});
	}

	async rows() {
		const number = ++this.asked;
		this.say({ what: 'rows', number });
		return (await this.event((e) => e.number === number)).rows;
	}

	requests(path, from = 0) {
		return this.events.slice(from).filter((e) => e.event === 'request' &&
			e.path === path);
	}

	// The first presence message of this peer that was passed on.
	broadcastOf(peerId, type, from = 0) {
		return this.event((e) => e.event === 'broadcast' &&
			e.message.peerId === peerId && (!type || e.message.type === type),
		from, { what: `${type ?? 'a'} message of ${peerId}` });
	}
}

// What a goroutine with a channel of so many messages does: writes while the
// socket takes it; what does not fit into the channel is dropped.
class Queue {
	waiting = [];
	isFull = false;

	constructor(max, write, socket, writeMs) {
		Object.assign(this, { max, write, socket, writeMs });
		socket.on('drain', () => {
			clearTimeout(this.timer);
			this.isFull = false;
			while (!this.isFull && this.waiting.length)
				this.put(this.waiting.shift());
		});
	}

	put(text) {
		if (this.isFull) {
			if (this.waiting.length >= this.max)
				return false;
			this.waiting.push(text);
			return true;
		}
		this.isFull = !this.write(text);
		if (this.isFull && this.writeMs)
			this.timer = setTimeout(() => this.socket.destroy(), this.writeMs);
		return true;
	}
}

class Server {
	streams = new Set(); // { queue, ip }
	sockets = new Map(); // peer id -> { wire, queue, ip }
	open = new Map(); // address -> WebSockets from there
	published = new Map(); // address -> times
	refusals = new Map(); // path -> status

	constructor({ generation = 'april', relay }, tell) {
		Object.assign(this, GENERATIONS[generation], { tell });
		if (relay)
			this.routes['/relay'] = (request) => answer(request, 200,
				{ 'Content-Type': 'application/json' },
				`${JSON.stringify(relay)}\n`);
		this.table = new OriginalTable({ isSilent: this.isSilent,
			hints: this.hints ?? true,
			broadcast: (message) => this.broadcast(message),
			sendTo: (id, message) =>
				!!this.sockets.get(id)?.queue.put(encode(message)) });
		setInterval(() => this.table.tick(), TICK_MS);
	}

	broadcast(message) {
		const text = encode(message);
		this.tell({ event: 'broadcast', message, text });
		for (const { queue } of this.streams)
			queue.put(`data: ${text}\n\n`);
		for (const { queue } of this.sockets.values())
			queue.put(text);
	}

	routes = {
		'/publish': (request) => this.publish(request),
		'/events': (request) => this.events(request),
		'/healthz': (request) => answer(request, 200,
			{ 'Content-Type': 'text/plain; charset=utf-8' }, 'ok'),
		'/': (request) => answer(request, 200,
			{ 'Content-Type': 'text/html; charset=utf-8' }, '<!doctype html>')
	};

	handle(request) {
		const { method, path } = request;
		if (this.refusals.has(path))
			return refuse(request, this.refusals.get(path), 'refused');
		if (/\/\//.test(path))
			return answer(request, 301, { Location: path.replace(/\/+/g, '/'),
				'Content-Type': 'text/html; charset=utf-8' },
			method === 'HEAD' ? '' : `<a href="/">Moved Permanently</a>.\n\n`);
		if (path === '/ws' && this.hasWebSocket)
			return this.webSocket(request);
		if (path === '/api/capabilities' && this.hasWebSocket)
			return answer(request, 200, { 'Content-Type': 'application/json' },
				'{"bridge":false,"credits":false,"encryption":false,' +
				'"registration":false,"relay":false,"templates":false}\n');
		if (path === '/peers.json' || path === '/logs.json' || path === '/admin')
			return method === 'GET' ?
				refuse(request, 403, 'admin panel disabled') :
				refuse(request, 405, 'method not allowed');
		const route = this.routes[path];
		if (!route)
			return refuse(request, 404, '404 page not found');
		if (path !== '/healthz' &&
			method !== (path === '/publish' ? 'POST' : 'GET'))
			return refuse(request, 405, 'method not allowed');
		return route(request);
	}

	mayPublish(ip) {
		const now = Date.now();
		const times = (this.published.get(ip) ?? []).filter((at) =>
			now - at < RATE_WINDOW_MS);
		this.published.set(ip, times);
		return times.length < RATE_MAX && times.push(now) > 0;
	}

	publish(request) {
		if (!this.mayPublish(request.ip))
			return refuse(request, 429, 'rate limit exceeded');
		let message;
		try {
			message = decode(request.body, this.fields);
		} catch {
			return refuse(request, 400, 'bad json');
		}
		const reason = refusal(message);
		if (reason)
			return refuse(request, 400, `bad message: ${reason}`);
		this.table.hear(message);
		return answer(request, 204);
	}

	events(request) {
		const { socket, ip } = request;
		const headers = { 'Content-Type': 'text/event-stream',
			'Cache-Control': 'no-cache', Connection: 'keep-alive',
			'X-Accel-Buffering': 'no' };
		const { 'Content-Type': _, ...kept } = headers;
		if (this.streams.size >= SSE_MAX)
			return refuse(request, 429,
				`too many SSE connections (${SSE_MAX})`, kept);
		if ([...this.streams].filter((one) => one.ip === ip).length >=
			SSE_PER_ADDRESS)
			return refuse(request, 429, 'too many SSE connections from IP ' +
				`(${SSE_PER_ADDRESS})`, kept);
		const write = beginStream(request, headers);
		write(': ok\n\n');
		const stream = { ip, queue: new Queue(SSE_QUEUE, write, socket) };
		const timer = setInterval(() => stream.queue.put(': ping\n\n'),
			SSE_PING_MS);
		this.streams.add(stream);
		socket.on('close', () => {
			clearInterval(timer);
			this.streams.delete(stream);
			this.tell({ event: 'sse', state: 'closed' });
		});
		socket.on('data', () => {});
	}

	// In this order, and before the handshake is looked at.
	webSocket(request) {
		const { query, ip } = request;
		const isProbe = query.get('probe') === '1';
		const id = query.get('peer_id') ?? '';
		if (!isProbe && id === '')
			return refuse(request, 400, 'peer_id required');
		if (!isProbe && this.isGated && !this.table.has(id))
			return refuse(request, 425, 'unknown peer, publish first');
		if (!isProbe && this.isGated && (this.open.get(ip) ?? 0) >= WS_PER_ADDRESS)
			return refuse(request, 429, 'too many connections from this IP');
		const key = request.headers['sec-websocket-key'];
		if (request.method !== 'GET' || !key ||
			request.headers['sec-websocket-version'] !== '13' ||
			!/upgrade/i.test(request.headers.connection ?? ''))
			return refuse(request, 400, 'Bad Request',
				{ 'Sec-Websocket-Version': '13' });
		request.isTaken = true;
		request.status = 101;
		request.socket.write('HTTP/1.1 101 Switching Protocols\r\n' +
			'Upgrade: websocket\r\nConnection: Upgrade\r\n' +
			`Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`);
		const wire = new WebSocketWire(request.socket, { early: request.early });
		if (!isProbe)
			return this.attach(wire, id, ip);
		wire.close(1000, 'probe-ok');
		return request.socket.end();
	}

	attach(wire, id, ip) {
		const { socket } = wire;
		const one = { wire, ip, queue: new Queue(WS_QUEUE,
			(text) => wire.send(text), socket, this.writeMs) };
		this.open.set(ip, (this.open.get(ip) ?? 0) + 1);
		this.sockets.get(id)?.wire.socket.destroy();
		this.sockets.set(id, one);
		this.tell({ event: 'ws', state: 'open', id });
		const ping = setInterval(() => wire.ping(), this.pingMs);
		const expire = () => socket.destroy();
		let deadline = setTimeout(expire, this.readMs);
		wire.onFrame = (got) => {
			this.tell({ event: 'frame', id, opcode: got.opcode, fin: got.fin,
				masked: got.masked, size: got.payload.length });
			if (got.opcode === PING || (got.opcode === TEXT && !got.fin))
				return; // neither is a message or a pong
			clearTimeout(deadline);
			deadline = setTimeout(expire, this.readMs);
		};
		wire.onMessage = (bytes) => this.hear(bytes.toString(), id);
		wire.onClose = () => socket.end();
		socket.on('close', () => {
			clearInterval(ping);
			clearTimeout(deadline);
			this.open.set(ip, this.open.get(ip) - 1);
			if (this.sockets.get(id) === one)
				this.sockets.delete(id);
			this.tell({ event: 'ws', state: 'closed', id });
			// Even if another socket took this one's place.
			this.table.lose(id);
		});
	}

	hear(text, id) {
		this.tell({ event: 'ws-message', id, text });
		let message;
		try {
			message = decode(text, this.fields);
		} catch {
			return;
		}
		message.peerId ||= id;
		if (!refusal(message))
			this.table.hear(message); // whoever it says it is of
	}
}

main(import.meta.url, async (options, tell, orders) => {
	const server = new Server(options, tell);
	const http = goHttpServer((request) => server.handle(request), tell);
	http.listen(options.port, options.bind, () => tell({ event: 'listening',
		boot: randomBytes(4).toString('hex') }));
	for await (const { what, number, id, path, status } of orders) {
		if (what === 'rows')
			tell({ number, rows: server.table.rows((one) =>
				server.sockets.has(one)) });
		if (what === 'drop')
			server.sockets.get(id)?.wire.socket.resetAndDestroy();
		if (what === 'refuse' && status)
			server.refusals.set(path, status);
		else if (what === 'refuse')
			server.refusals.delete(path);
	}
});
