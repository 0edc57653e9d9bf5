// Requests as a Go program sends them, byte for byte, and how it words what goes
// wrong: the original decides by searching these texts.
//
//	const socket = await dial('https:', host, port)     rejects with Go's words
//	const http = new GoRequests(base);                  one server, keep-alive
//	await http.ask('POST', '/publish', json)            { status, headers, body }
//	await http.stream('/events', (chunk) => ..., signal)
//	await openWebSocket(url)                            { socket, early }
import { randomBytes } from 'node:crypto';
import { connect, isIP, isIPv6 } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { acceptKey } from './websocket_wire.mjs';

const AGENT = 'Go-http-client/1.1';

const WORDS = { ECONNREFUSED: 'connect: connection refused',
	EHOSTUNREACH: 'connect: no route to host',
	ENETUNREACH: 'connect: network is unreachable',
	ECONNRESET: 'read: connection reset by peer',
	EPROTO: 'tls: first record does not look like a TLS handshake',
	ENOTFOUND: 'no such host', EPIPE: 'write: broken pipe' };

const goError = (error) => /wrong version|packet length|record layer/i.test(
	error.message) ? new Error(WORDS.EPROTO) :
	new Error(WORDS[error.code] ?? (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER'
		? WORDS.EPROTO : error.message));

// The name is looked at before the chain, as x509.Verify() does.
function certificateFault(socket, host) {
	const names = (socket.getPeerCertificate().subjectaltname ?? '').split(', ');
	const of = (kind) => names.filter((name) => name.startsWith(kind))
		.map((name) => name.slice(kind.length));
	const own = isIP(host) ? of('IP Address:').map((address) =>
		isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1)
			: address) : of('DNS:');
	const covers = (name) => name.toLowerCase() === host.toLowerCase() ||
		(name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1));
	const prefix = 'tls: failed to verify certificate: x509: ';
	if (isIP(host) && own.length === 0)
		return `${prefix}cannot validate certificate for ${host} because it ` +
			'doesn\'t contain any IP SANs';
	if (!own.some(covers))
		return `${prefix}certificate is valid for ${own.join(', ')}, not ${host}`;
	return socket.authorized ? undefined :
		`${prefix}certificate signed by unknown authority`;
}

export function dial(protocol, host, port, patienceMs = 5000) {
	return new Promise((done, fail) => {
		const isTls = protocol === 'https:' || protocol === 'wss:';
		const socket = isTls ? connectTls({ host, port,
			rejectUnauthorized: false,
			...(!isIP(host) && { servername: host }) })
			: connect({ host, port, noDelay: true });
		const timer = setTimeout(() => {
			socket.destroy();
			fail(new Error('i/o timeout'));
		}, patienceMs);
		socket.on('close', () => {
			clearTimeout(timer);
			fail(new Error('EOF')); // after the promise was kept it is nothing
		});
		socket.on('error', (error) => fail(goError(error)));
		socket.once(isTls ? 'secureConnect' : 'connect', () => {
			clearTimeout(timer);
			const fault = isTls && certificateFault(socket, host);
			if (!fault)
				return done(socket);
			fail(new Error(fault));
			return socket.destroy();
		});
	});
}

function parseHead(text) {
	const [first, ...lines] = text.split('\r\n');
	return { status: Number(first.split(' ')[1]), head: text,
		headers: Object.fromEntries(lines.map((line) => {
			const colon = line.indexOf(':');
			return [line.slice(0, colon).toLowerCase(),
				line.slice(colon + 1).trim()];
		})) };
}

// Gives the head to onHead and the decoded body to onBody; then onEnd.
class Response {
	input = Buffer.alloc(0);

	constructor({ onHead = () => {}, onBody = () => {}, onEnd = () => {} }) {
		Object.assign(this, { onHead, onBody, onEnd });
	}

	push(data) {
		this.input = Buffer.concat([this.input, data]);
		if (!this.answer) {
			const end = this.input.indexOf('\r\n\r\n');
			if (end < 0)
				return;
			this.answer = parseHead(this.input.toString('utf8', 0, end));
			this.input = this.input.subarray(end + 4);
			const { status, headers } = this.answer;
			this.isChunked = /chunked/i.test(headers['transfer-encoding'] ?? '');
			this.left = status === 204 || status === 101 ? 0 :
				Number(headers['content-length'] ?? Infinity);
			this.onHead(this.answer, this.input);
		}
		if (this.isChunked)
			this.#chunks();
		else
			this.#plain();
	}

	#plain() {
		const some = this.input.subarray(0, this.left);
		this.input = this.input.subarray(some.length);
		this.left -= some.length;
		if (some.length)
			this.onBody(some);
		if (this.left === 0)
			this.onEnd();
	}

	#chunks() {
		for (;;) {
			const line = this.input.indexOf('\r\n');
			if (line < 0)
				return;
			const size = parseInt(this.input.toString('latin1', 0, line), 16);
			if (this.input.length < line + 2 + size + 2)
				return;
			const some = this.input.subarray(line + 2, line + 2 + size);
			this.input = this.input.subarray(line + 2 + size + 2);
			if (size === 0) {
				this.onEnd();
				return;
			}
			this.onBody(some);
		}
	}
}

const hostOf = (url) => url.hostname.replace(/^\[|\]$/g, '');
const portOf = (url) => Number(url.port ||
	(/^(https|wss):$/.test(url.protocol) ? 443 : 80));

export class GoRequests {
	constructor(base) {
		this.url = new URL(base);
		this.path = this.url.pathname.replace(/\/+$/, '');
	}

	#dial(patienceMs) {
		return dial(this.url.protocol, hostOf(this.url), portOf(this.url),
			patienceMs);
	}

	#head(method, path, more) {
		return [`${method} ${this.path}${path} HTTP/1.1`,
			`Host: ${this.url.host}`, `User-Agent: ${AGENT}`, ...more,
			'Accept-Encoding: gzip', '', ''].join('\r\n');
	}

	// One request on the connection that is kept, or on a new one.
	async ask(method, path, body, patienceMs = 2000) {
		const kept = this.idle;
		this.idle = undefined;
		const socket = kept && !kept.destroyed && !kept.readableEnded ? kept :
			await this.#dial(patienceMs);
		return new Promise((done, fail) => {
			const parts = [];
			const finish = (how, value) => {
				clearTimeout(timer);
				socket.removeAllListeners('data');
				socket.off('close', onClose);
				how(value);
			};
			const onClose = () => finish(fail, new Error('EOF'));
			const timer = setTimeout(() => {
				socket.destroy();
				finish(fail, new Error('context deadline exceeded'));
			}, patienceMs);
			let answer;
			const response = new Response({
				onHead: (head) => {
					answer = head;
				},
				onBody: (some) => parts.push(some),
				onEnd: () => {
					if (/close/i.test(answer.headers.connection ?? ''))
						socket.destroy();
					else
						this.idle = socket;
					finish(done, { ...answer,
						body: Buffer.concat(parts).toString() });
				} });
			socket.on('data', (data) => response.push(data));
			socket.on('close', onClose);
			const bytes = Buffer.from(body ?? '');
			socket.write(Buffer.concat([Buffer.from(this.#head(method, path,
				body === undefined ? [] : [`Content-Length: ${bytes.length}`,
					'Content-Type: application/json'])), bytes]));
		});
	}

	// A body without an end; resolves with the head, or the reason, when the
	// server ended it.
	async stream(path, onHead, onBody, signal) {
		const socket = await this.#dial(5000);
		return new Promise((done) => {
			const response = new Response({ onHead, onBody,
				onEnd: () => socket.destroy() });
			socket.on('data', (data) => response.push(data));
			socket.on('close', () => done(response.answer));
			signal.addEventListener('abort', () => socket.destroy());
			if (signal.aborted)
				socket.destroy();
			socket.write(this.#head('GET', path, []));
		});
	}
}

// Rejects with the words of the WebSocket library, which name the status.
export async function openWebSocket(text, patienceMs = 5000) {
	const url = new URL(text);
	const socket = await dial(url.protocol, hostOf(url), portOf(url), patienceMs);
	const key = randomBytes(16).toString('base64');
	return new Promise((done, fail) => {
		const timer = setTimeout(() => socket.destroy(), patienceMs);
		const onClose = () => fail(new Error('unexpected EOF'));
		socket.on('close', onClose);
		const response = new Response({ onHead: (answer, early) => {
			clearTimeout(timer);
			socket.removeAllListeners('data');
			socket.off('close', onClose);
			const isWell = answer.status === 101 && answer.headers[
				'sec-websocket-accept'] === acceptKey(key);
			if (isWell)
				return done({ socket, early: Buffer.from(early), answer });
			socket.destroy();
			return fail(Object.assign(new Error('websocket: bad handshake ' +
				`(HTTP ${answer.status})`), { answer }));
		} });
		socket.on('data', (data) => response.push(data));
		socket.write([`GET ${url.pathname}${url.search} HTTP/1.1`,
			`Host: ${url.host}`, `User-Agent: ${AGENT}`, 'Connection: Upgrade',
			`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13',
			'Upgrade: websocket', '', ''].join('\r\n'));
	});
}
