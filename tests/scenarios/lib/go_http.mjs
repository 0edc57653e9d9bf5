// HTTP/1.1 as a server written in Go speaks it: the same headers in the same
// order, byte for byte, on plain sockets.
//
//	const server = goHttpServer((request) => ..., { tell });
//	request: { method, path, query, headers, head, body, socket, early, ip }
//	answer(request, 404, { type: 'text/plain' }, 'text')   whole answers
//	refuse(request, 400, 'bad json')                       http.Error()
//	const write = beginStream(request, headers)            chunked answers
import { createServer } from 'node:net';

const REASONS = { 101: 'Switching Protocols', 200: 'OK', 204: 'No Content',
	301: 'Moved Permanently', 302: 'Found', 400: 'Bad Request', 401:
	'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405:
	'Method Not Allowed', 425: 'Too Early', 429: 'Too Many Requests',
	500: 'Internal Server Error', 502: 'Bad Gateway' };
const HEADER_TIMEOUT_MS = 5000;

const date = () => new Date().toUTCString();

function statusAndHeaders(status, headers, last) {
	const lines = [`HTTP/1.1 ${status} ${REASONS[status]}`,
		...Object.keys(headers).sort().map((key) => `${key}: ${headers[key]}`),
		`Date: ${date()}`, ...last];
	return `${lines.join('\r\n')}\r\n\r\n`;
}

export function answer(request, status, headers = {}, body = '') {
	const bytes = Buffer.from(body);
	const last = status === 204 ? [] : [`Content-Length: ${bytes.length}`];
	request.status = status;
	request.socket.write(Buffer.concat([Buffer.from(
		statusAndHeaders(status, headers, last)), bytes]));
}

export const refuse = (request, status, text, headers = {}) =>
	answer(request, status, { ...headers,
		'Content-Type': 'text/plain; charset=utf-8',
		'X-Content-Type-Options': 'nosniff' }, `${text}\n`);

// Returns a function that writes one chunk; false if the socket is full.
export function beginStream(request, headers) {
	request.status = 200;
	request.isTaken = true;
	request.socket.write(statusAndHeaders(200, headers,
		['Transfer-Encoding: chunked']));
	return (text) => request.socket.write(
		`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function parseHead(text) {
	const [first, ...lines] = text.split('\r\n');
	const [, method, target] = /^(\S+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
	if (!method)
		return undefined;
	const headers = {};
	for (const line of lines) {
		const colon = line.indexOf(':');
		headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1)
			.trim();
	}
	const [path, query = ''] = target.split('?');
	return { method, path, query: new URLSearchParams(query), headers,
		head: text };
}

// The body of a chunked request and where it ends, or undefined.
function chunkedBody(bytes) {
	const parts = [];
	for (let at = 0; ;) {
		const end = bytes.indexOf('\r\n', at);
		if (end < 0)
			return undefined;
		const size = parseInt(bytes.toString('latin1', at, end), 16);
		if (bytes.length < end + 2 + size + 2)
			return undefined;
		if (size === 0)
			return { body: Buffer.concat(parts), end: end + 4 };
		parts.push(bytes.subarray(end + 2, end + 2 + size));
		at = end + 2 + size + 2;
	}
}

function bodyOf(request, bytes) {
	if (/chunked/i.test(request.headers['transfer-encoding'] ?? ''))
		return chunkedBody(bytes);
	const length = Number(request.headers['content-length'] ?? 0);
	return bytes.length < length ? undefined :
		{ body: bytes.subarray(0, length), end: length };
}

class Connection {
	input = Buffer.alloc(0);

	constructor(socket, handle) {
		Object.assign(this, { socket, handle });
		this.hear = (data) => {
			this.input = Buffer.concat([this.input, data]);
			this.serve();
		};
		socket.on('data', this.hear);
		socket.on('error', () => {});
		this.expectHead();
	}

	expectHead() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.socket.destroy(), HEADER_TIMEOUT_MS);
		this.socket.once('close', () => clearTimeout(this.timer));
	}

	serve() {
		for (;;) {
			const end = this.input.indexOf('\r\n\r\n');
			if (end < 0)
				return this.looksLikeTls();
			clearTimeout(this.timer);
			const request = parseHead(this.input.toString('utf8', 0, end));
			if (!request)
				return this.bad();
			const got = bodyOf(request, this.input.subarray(end + 4));
			if (!got)
				return undefined;
			this.input = this.input.subarray(end + 4 + got.end);
			Object.assign(request, { body: got.body.toString(),
				socket: this.socket, early: this.input,
				ip: this.socket.remoteAddress });
			this.handle(request);
			if (request.isTaken) {
				this.socket.off('data', this.hear);
				return undefined;
			}
			if (/close/i.test(request.headers.connection ?? ''))
				return this.socket.end();
		}
	}

	bad() {
		this.socket.end('HTTP/1.1 400 Bad Request\r\n' +
			'Content-Type: text/plain; charset=utf-8\r\n' +
			'Connection: close\r\n\r\n400 Bad Request');
	}

	// Go reads a line of it first, and then knows no method.
	looksLikeTls() {
		if (this.input[0] === 0x16 && this.input.includes(0x0a))
			this.bad();
	}
}

export function goHttpServer(handle, tell) {
	return createServer({ noDelay: true }, (socket) => {
		socket.once('data', (data) => tell({ event: 'connection',
			ip: socket.remoteAddress, isTls: data[0] === 0x16 }));
		new Connection(socket, (request) => {
			handle(request);
			tell({ event: 'request', method: request.method,
				path: request.path, query: `${request.query}`,
				head: request.head, body: request.body, ip: request.ip,
				status: request.status });
		});
	});
}
