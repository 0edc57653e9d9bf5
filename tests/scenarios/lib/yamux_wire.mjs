// A dialer that keeps to yamux and multistream, so that what it says on its
// streams arrives: for strangers who are polite below and hostile above.
//
//	const wire = await YamuxWire.dial(address, port);
//	const stream = wire.open('/goop/site/1.0.0');
//	await stream.say(bytes);      // waits for the window, and for the socket
//	stream.finish();              // half close; stream.reset() gives up
//	await stream.over             // { bytes, reset }: what came after the
//	                              // negotiation, once it or the wire ended
//	wire.close();                 await wire.ended
//
// What the other side opens is left without an answer.
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { SecureWire, hello, token } from './secure_wire.mjs';

const DATA = 0, WINDOW = 1, PING = 2, GO_AWAY = 3;
const SYN = 1, ACK = 2, FIN = 4, RST = 8;
const WINDOW_BYTES = 262144, BODY_MAX = 32768, HEADER = 12;
const RECEIVED_MAX = 1 << 20;

function header(type, flags, id, length) {
	const bytes = Buffer.alloc(HEADER);
	bytes[1] = type;
	bytes.writeUInt16BE(flags, 2);
	bytes.writeUInt32BE(id, 4);
	bytes.writeUInt32BE(length, 8);
	return bytes;
}

class Stream {
	window = WINDOW_BYTES;
	received = [];
	length = 0;

	constructor(wire, id, negotiation) {
		Object.assign(this, { wire, id, skip: negotiation.length });
		this.over = new Promise((done) => {
			this.end = (reset) => {
				this.isOver = true;
				this.wake?.();
				done({ reset, bytes: Buffer.concat(this.received)
					.subarray(this.skip) });
			};
		});
	}

	// True unless the stream or the wire ended meanwhile.
	async say(bytes) {
		for (let at = 0; at < bytes.length;) {
			while (this.window === 0 && !this.isOver)
				await new Promise((wake) => this.wake = wake);
			if (this.isOver)
				return false;
			const body = bytes.subarray(at, at + Math.min(this.window, BODY_MAX));
			this.window -= body.length;
			at += body.length;
			await this.wire.send(header(DATA, 0, this.id, body.length), body);
		}
		return !this.isOver;
	}

	finish() {
		return this.wire.send(header(WINDOW, FIN, this.id, 0));
	}

	reset() {
		return this.wire.send(header(WINDOW, RST, this.id, 0));
	}

	hear(body) {
		this.length += body.length;
		if (this.length <= RECEIVED_MAX)
			this.received.push(body);
		if (body.length)
			this.wire.send(header(WINDOW, 0, this.id, body.length));
	}
}

export class YamuxWire {
	streams = new Map();
	last = -1;
	input = Buffer.alloc(0);

	static async dial(host, port, options = {}) {
		const wire = new YamuxWire();
		wire.socket = createConnection({ host, port });
		wire.socket.on('error', () => {}); // a reset is one way to end
		wire.socket.setMaxListeners(0); // each stream may wait for it
		wire.ended = new Promise((done) => wire.socket.once('close', done));
		wire.ended.then(() => {
			for (const stream of wire.streams.values())
				stream.end(true);
		});
		await once(wire.socket, 'connect');
		wire.secure = await SecureWire.dial(wire.socket,
			{ ...options, hear: (bytes) => wire.#hear(bytes) });
		return wire;
	}

	async send(...parts) {
		if (this.socket.destroyed)
			return;
		this.secure.send(Buffer.concat(parts));
		if (this.socket.writableNeedDrain)
			await Promise.race([this.ended,
				once(this.socket, 'drain').catch(() => {})]); // it ends
	}

	// A new stream, with its protocol and the first bytes in one frame.
	open(protocol, first = Buffer.alloc(0)) {
		const negotiation = Buffer.concat([hello, token(protocol)]);
		const stream = new Stream(this, this.last += 2, negotiation);
		const body = Buffer.concat([negotiation, first]);
		stream.window -= body.length;
		this.streams.set(stream.id, stream);
		this.send(header(DATA, SYN, stream.id, body.length), body);
		return stream;
	}

	// Ask for something as the original does, and wait for the end.
	async ask(protocol, text) {
		const { bytes, reset } = await this.open(protocol,
			Buffer.from(text)).over;
		return { reset, text: bytes.toString() };
	}

	close() {
		this.socket.destroy();
	}

	#hear(bytes) {
		this.input = Buffer.concat([this.input, bytes]);
		while (this.input.length >= HEADER) {
			const type = this.input[1], flags = this.input.readUInt16BE(2);
			const id = this.input.readUInt32BE(4);
			const length = this.input.readUInt32BE(8);
			const end = HEADER + (type === DATA ? length : 0);
			if (this.input.length < end)
				return;
			const body = this.input.subarray(HEADER, end);
			this.input = this.input.subarray(end);
			this.#take(type, flags, id, length, body);
		}
	}

	#take(type, flags, id, length, body) {
		const stream = this.streams.get(id);
		if (type === PING && flags & SYN)
			this.send(header(PING, ACK, 0, length));
		if (type === GO_AWAY || !stream)
			return;
		if (type === WINDOW) {
			stream.window += length;
			stream.wake?.();
		} else {
			stream.hear(body);
		}
		if (flags & (FIN | RST)) {
			this.streams.delete(id);
			stream.end((flags & RST) !== 0);
		}
	}
}
