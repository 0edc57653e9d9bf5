// The original's rendezvous client, written from the reference (section 5), as a
// program on a host; generations 'february' (POST and event stream only) and
// 'april' (WebSocket, with all its errors of judgement).
//
//	const bob = new OriginalClient(t, host, { url, id, label, addrs });
//	bob.events   publish (type, status, body), ws (state, url, error), sse
//	             (state), message (via, text, message), peer (id, state, by)
//	await bob.sees(id)                    resolves with its message
//	await bob.sees(id, 'offline')
//	bob.say({ what: 'label', label })     what the next heartbeat says
//	bob.say({ what: 'publish', type, more })   one more, now; more is laid over
//	bob.say({ what: 'drop' })             its WebSockets break
//	bob.say({ what: 'stop' })             as at SIGTERM: Close 1000, no offline
//
// Options: urls (several servers), more (laid over each message), quiet (does
// not publish by itself), heartbeatMs; start (another program that takes and
// tells the same, as the one in Go of tests/interop).
import { setTimeout as delay } from 'node:timers/promises';
import { Program, main } from './program.mjs';
import { FIRST_FIELDS, decode, encode } from './original_message.mjs';
import { GoRequests, openWebSocket } from './go_requests.mjs';
import { PING, PONG, WebSocketWire } from './websocket_wire.mjs';

const HEARTBEAT_MS = 5000, TTL_MS = 20000, WIRING_MS = 400;
const READ_MS = 15000, FRAGMENT = 4096, LINE_MAX = 64 * 1024;
const FIRST_RETRY_MS = 250, RETRY_MS = 500, EARLY_RETRY_MS = 250;
const PROBE_FIRST_MS = 3000, PROBE_MS = 10000, PROBE_PATIENCE_MS = 2000;
const FEBRUARY_RETRY_MAX_MS = 8000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export class OriginalClient extends Program {
	constructor(t, host, { url, urls = [url], env, start, ...options }) {
		super(t, host, import.meta.url, { urls, ...options }, { env, start });
		this.id = options.id;
	}

	sees(id, state = 'online', from = 0) {
		return this.event((e) => e.event === 'peer' && e.id === id &&
			e.state === state, from, { what: `${id} ${state}` });
	}

	// A message that was heard: by wanted(message).
	hears(wanted, from = 0, what = wanted) {
		return this.event((e) => e.event === 'message' && wanted(e.message),
			from, { what });
	}
}

const isTooEarly = (text) => text.includes('425');
const isUnsupported = (text) => ['bad handshake', '404', '403', '501'].some(
	(part) => text.includes(part));

// A base that is http and not loopback gets wss on the same port.
function webSocketBase(base) {
	const url = new URL(base);
	const isPlain = url.protocol === 'http:' && LOOPBACK.has(url.hostname);
	return `${isPlain ? 'ws' : 'wss'}://${url.host}` +
		url.pathname.replace(/\/+$/, '');
}

class Connection {
	constructor(peer, base) {
		Object.assign(this, { peer, base, http: new GoRequests(base) });
		this.hasWebSocket = peer.generation !== 'february';
	}

	tell(told) {
		this.peer.tell({ server: this.base, ...told });
	}

	async start() {
		if (this.hasWebSocket)
			return this.connectWebSocket();
		for (let wait = FIRST_RETRY_MS; !this.peer.isOver;) {
			const wasOpen = await this.events(this.peer.over);
			wait = wasOpen ? FIRST_RETRY_MS :
				Math.min(wait * 2, FEBRUARY_RETRY_MAX_MS);
			await delay(wait);
		}
		return undefined;
	}

	async connectWebSocket() {
		for (let wait = FIRST_RETRY_MS; !this.peer.isOver;) {
			const url = `${webSocketBase(this.base)}/ws?peer_id=` +
				encodeURIComponent(this.peer.id);
			let text;
			try {
				await this.webSocket(url);
				wait = FIRST_RETRY_MS;
				text = 'read error';
			} catch (error) {
				text = `dial ${url}: ${error.message}`;
				this.tell({ event: 'ws', state: 'failed', url, error: text });
			}
			if (isTooEarly(text)) {
				await delay(EARLY_RETRY_MS);
			} else if (isUnsupported(text)) {
				await this.eventsUntilProbe();
			} else {
				await delay(wait);
				wait = RETRY_MS;
			}
		}
	}

	async webSocket(url) {
		const { socket, early, answer } = await openWebSocket(url);
		const wire = new WebSocketWire(socket, { client: true,
			fragment: FRAGMENT, early });
		let deadline;
		const extend = () => {
			clearTimeout(deadline);
			deadline = setTimeout(() => socket.destroy(), READ_MS);
		};
		extend();
		this.tell({ event: 'ws', state: 'open', url, head: answer.head });
		this.wire = wire;
		wire.onFrame = (got) => {
			if (!got.fin || got.masked)
				this.tell({ event: 'bad-frame', got });
			if (got.opcode === PING || got.opcode === PONG)
				this.tell({ event: got.opcode === PING ? 'ping' : 'pong' });
			extend();
		};
		wire.onMessage = (bytes) => this.hear('ws', bytes.toString());
		wire.onClose = (code, reason) => {
			this.tell({ event: 'ws', state: 'close-frame', code, reason });
			socket.end();
		};
		await new Promise((done) => {
			socket.once('close', done);
			this.peer.over.addEventListener('abort', () => {
				wire.close(1000);
				setTimeout(() => socket.destroy(), 50);
			});
		});
		clearTimeout(deadline);
		this.wire = undefined;
		this.tell({ event: 'ws', state: 'closed' });
	}

	// Event streams until the WebSocket answers a probe.
	async eventsUntilProbe() {
		const found = new AbortController();
		this.peer.over.addEventListener('abort', () => found.abort());
		const probing = (async () => {
			for (let wait = PROBE_FIRST_MS; !found.signal.aborted;
				wait = PROBE_MS) {
				await delay(wait);
				try {
					const { socket } = await openWebSocket(
						`${webSocketBase(this.base)}/ws?probe=1`,
						PROBE_PATIENCE_MS);
					socket.destroy();
					this.tell({ event: 'probe', well: true });
					found.abort();
				} catch (error) {
					this.tell({ event: 'probe', well: false,
						error: error.message });
				}
			}
		})();
		for (let wait = FIRST_RETRY_MS; !found.signal.aborted; wait = RETRY_MS) {
			await this.events(found.signal);
			await delay(wait);
		}
		await probing;
	}

	async events(signal) {
		let rest = '', isDeaf = false, isOpen = false;
		try {
			const answer = await this.http.stream('/events', (head) => {
				isOpen = head.status === 200;
				this.tell({ event: 'sse', state: isOpen ? 'open' : 'refused',
					status: head.status, head: head.head });
			}, (some) => {
				rest += some.toString('latin1');
				const lines = rest.split('\n');
				rest = lines.pop();
				isDeaf ||= !isOpen;
				for (const line of [...lines, ...(rest.length >= LINE_MAX ?
					[rest] : [])]) {
					// A line too long ends the scanner, not the stream.
					isDeaf ||= line.length >= LINE_MAX;
					if (!isDeaf)
						this.hearLine(line.replace(/\r$/, ''));
				}
			}, signal);
			this.tell({ event: 'sse', state: 'closed', status: answer?.status });
		} catch (error) {
			this.tell({ event: 'sse', state: 'failed', error: error.message });
		}
		return isOpen;
	}

	hearLine(line) {
		const text = Buffer.from(line, 'latin1').toString();
		if (!text.startsWith('data:'))
			this.tell({ event: 'sse-line', text });
		else
			this.hear('sse', text.slice(5).replace(/^ /, ''));
	}

	hear(via, text) {
		let message;
		try {
			message = decode(text);
		} catch {
			this.tell({ event: 'ignored', via, text });
			return;
		}
		if (message.type === '' || message.peerId === '')
			return;
		this.tell({ event: 'message', via, text, message });
		this.peer.hear(message);
	}

	async publish(message) {
		const text = encode(message);
		if (this.wire) {
			this.wire.send(text); // queued is done: there is no answer
			return this.tell({ event: 'publish', via: 'ws', type: message.type });
		}
		try {
			const { status, body, head } = await this.http.ask('POST',
				'/publish', text);
			return this.tell({ event: 'publish', via: 'http',
				type: message.type, status, body, head });
		} catch (error) {
			return this.tell({ event: 'publish', via: 'http',
				type: message.type, error: error.message });
		}
	}
}

class OriginalPeer {
	peers = new Map();
	ending = new AbortController();

	constructor({ urls, generation = 'april', id, label = '', addrs = [],
		more = {}, heartbeatMs = HEARTBEAT_MS, quiet = false }, tell) {
		Object.assign(this, { generation, id, label, addrs, more, heartbeatMs,
			quiet, tell });
		this.connections = urls.map((url) => new Connection(this, url));
	}

	get over() {
		return this.ending.signal;
	}

	get isOver() {
		return this.ending.signal.aborted;
	}

	message(type, more) {
		const all = { type, peerId: this.id, content: this.label,
			addrs: this.addrs, encryptionSupported: true,
			goopClientVersion: '2.3.1', ts: Date.now(), ...this.more, ...more };
		if (this.generation !== 'february')
			return all;
		return Object.fromEntries(FIRST_FIELDS.map((key) => [key, all[key]]));
	}

	publish(type, more) {
		return Promise.all(this.connections.map((one) =>
			one.publish(this.message(type, more))));
	}

	async run() {
		if (this.generation !== 'february')
			await Promise.all(this.connections.map(async (one) => {
				const relay = await one.http.ask('GET', '/relay')
					.catch((error) => ({ error: error.message }));
				one.tell({ event: 'relay', ...relay });
			}));
		for (const one of this.connections)
			one.start();
		if (this.quiet)
			return;
		await delay(WIRING_MS);
		await this.publish('online');
		setInterval(() => this.isOver || this.publish('update'),
			this.heartbeatMs);
	}

	set(id, state, by) {
		const known = this.peers.get(id);
		clearTimeout(known?.timer);
		this.peers.set(id, { state, timer: state === 'online' ?
			setTimeout(() => this.set(id, 'offline', 'ttl'), TTL_MS)
			: undefined });
		if (known?.state !== state)
			this.tell({ event: 'peer', id, state, by });
	}

	hear(message) {
		const { type, peerId } = message;
		if (type === 'punch' && message.target === this.id)
			this.tell({ event: 'dial', id: peerId, addrs: message.addrs });
		if (peerId === this.id)
			return;
		if (type === 'online' || type === 'update')
			this.set(peerId, 'online', 'message');
		if (type === 'offline')
			this.set(peerId, 'offline', 'message');
	}
}

main(import.meta.url, async (options, tell, orders) => {
	const peer = new OriginalPeer(options, tell);
	peer.run();
	for await (const order of orders) {
		if (order.what === 'publish')
			peer.publish(order.type, order.more);
		if (order.what === 'label')
			peer.label = order.label;
		if (order.what === 'drop')
			for (const { wire } of peer.connections)
				wire?.socket.resetAndDestroy();
		if (order.what === 'stop') {
			peer.ending.abort();
			setTimeout(() => process.exit(0), 100);
		}
	}
});
