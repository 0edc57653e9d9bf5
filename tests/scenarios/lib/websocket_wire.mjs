// RFC 6455 on a socket, as much as tests need, and also what it forbids.
//
//	frame('text', { opcode, fin, mask, rsv, length })    the bytes of one frame
//	acceptKey(key)                          Sec-WebSocket-Accept for a key
//	const wire = new WebSocketWire(socket, { client: true, fragment: 4096 });
//	wire.onFrame = ({ opcode, fin, masked, rsv, payload }) => ...
//	wire.onMessage = (buffer) => ...        // whole messages, text or binary
//	wire.onClose = (code, reason) => ...    // a close frame came
//	wire.send('text'); wire.ping(); wire.close(1000, 'bye')
//
// Pings are answered and close frames echoed unless { mute: true }.
import { createHash, randomBytes } from 'node:crypto';

export const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9,
	PONG = 10;

export const acceptKey = (key) => createHash('sha1')
	.update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

function mask(payload, key) {
	const masked = Buffer.from(payload);
	for (let i = 0; i < masked.length; i++)
		masked[i] ^= key[i % 4];
	return masked;
}

// length: what the head says, if not the truth.
export function frame(data, { opcode = TEXT, fin = true, rsv = 0,
	mask: masked = false, length } = {}) {
	const payload = Buffer.from(data);
	const said = length ?? payload.length;
	const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode];
	if (said < 126)
		head.push(said);
	else if (said < 65536)
		head.push(126, said >> 8, said & 255);
	else
		head.push(127, ...Array.from({ length: 8 }, (_, i) =>
			Number(BigInt(said) >> BigInt(56 - 8 * i) & 255n)));
	if (!masked)
		return Buffer.concat([Buffer.from(head), payload]);
	head[1] |= 0x80;
	const key = randomBytes(4);
	return Buffer.concat([Buffer.from(head), key, mask(payload, key)]);
}

// The frame at the start of these bytes, and where it ends; undefined if it is
// not whole yet.
export function readFrame(bytes) {
	if (bytes.length < 2)
		return undefined;
	const masked = !!(bytes[1] & 0x80);
	let length = bytes[1] & 0x7f, at = 2;
	if (length === 126) {
		if (bytes.length < 4)
			return undefined;
		length = bytes.readUInt16BE(2);
		at = 4;
	} else if (length === 127) {
		if (bytes.length < 10)
			return undefined;
		length = Number(bytes.readBigUInt64BE(2));
		at = 10;
	}
	const start = at + (masked ? 4 : 0);
	if (bytes.length < start + length)
		return undefined;
	const payload = bytes.subarray(start, start + length);
	return { opcode: bytes[0] & 15, fin: !!(bytes[0] & 0x80),
		rsv: bytes[0] >> 4 & 7, masked, end: start + length,
		payload: masked ? mask(payload, bytes.subarray(at, start))
			: Buffer.from(payload) };
}

export class WebSocketWire {
	input = Buffer.alloc(0);
	parts = [];
	onFrame = () => {};
	onMessage = () => {};
	onClose = () => {};

	// fragment: longer messages are cut into frames of so many bytes.
	constructor(socket, { client = false, fragment = Infinity, mute = false,
		early = Buffer.alloc(0) } = {}) {
		Object.assign(this, { socket, client, fragment, mute });
		socket.on('data', (data) => this.#hear(data));
		// Whoever set the callbacks gets what came with the handshake.
		if (early.length)
			setImmediate(() => this.#hear(early));
	}

	#hear(data) {
		this.input = Buffer.concat([this.input, data]);
		for (let got; (got = readFrame(this.input)) !== undefined;) {
			this.input = this.input.subarray(got.end);
			this.#take(got);
		}
	}

	#take(got) {
		this.onFrame(got);
		if (got.opcode === PING && !this.mute)
			this.write(PONG, got.payload);
		if (got.opcode === CLOSE) {
			if (!this.mute && !this.closing)
				this.write(CLOSE, got.payload);
			this.onClose(got.payload.length >= 2 ? got.payload.readUInt16BE(0)
				: 1005, got.payload.subarray(2).toString());
		}
		if (got.opcode >= CLOSE)
			return;
		this.parts.push(got.payload);
		if (got.fin)
			this.onMessage(Buffer.concat(this.parts.splice(0)), got.opcode);
	}

	// False if the socket is full.
	write(opcode, payload = '', more = {}) {
		return this.socket.destroyed || this.socket.write(frame(payload,
			{ opcode, mask: this.client, ...more }));
	}

	send(text, opcode = TEXT) {
		const bytes = Buffer.from(text);
		let taken = true, at = 0;
		do {
			const end = Math.min(at + this.fragment, bytes.length);
			taken = this.write(at === 0 ? opcode : CONTINUATION,
				bytes.subarray(at, end), { fin: end === bytes.length });
			at = end;
		} while (at < bytes.length);
		return taken;
	}

	ping() {
		return this.write(PING);
	}

	close(code, reason = '') {
		this.closing = true;
		const payload = Buffer.alloc(2);
		payload.writeUInt16BE(code);
		this.write(CLOSE, Buffer.concat([payload, Buffer.from(reason)]));
	}
}
