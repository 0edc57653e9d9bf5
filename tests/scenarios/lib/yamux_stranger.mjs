// What a stranger may say once the connection is secured: yamux, and the
// protocols on its streams. faults must end the connection; nuisances may not
// hurt, whether they end it or not.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SecureWire, hello, token } from './secure_wire.mjs';

const DATA = 0, WINDOW = 1, PING = 2, GO_AWAY = 3;
const SYN = 1, ACK = 2, FIN = 4, RST = 8;
const WINDOW_BYTES = 262144;

function header(type, flags, id, length, version = 0) {
	const bytes = Buffer.alloc(12);
	bytes[0] = version;
	bytes[1] = type;
	bytes.writeUInt16BE(flags, 2);
	bytes.writeUInt32BE(id, 4);
	bytes.writeUInt32BE(length, 8);
	return bytes;
}

const data = (id, body, flags = 0) =>
	Buffer.concat([header(DATA, flags, id, body.length), body]);
const times = (count, make) =>
	Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const odd = (i) => 2 * i + 1;
// A stream for protocol, with the first bytes that are said on it.
const stream = (id, protocol, body = Buffer.alloc(0)) =>
	data(id, Buffer.concat([hello, token(protocol), body]), SYN);

// say(bytes): a manner that secures the connection and says just that.
const say = (make, options) => async (socket) =>
	(await SecureWire.dial(socket, options)).send(make());
const forging = (forge) => say(() => header(PING, SYN, 0, 1), { forge });

export const faults = {
	'an identity without its signature': forging((payload) => {
		payload[payload.length - 20 - 60] ^= 1;
		return payload;
	}),
	'an identity of garbage': forging(() => randomBytes(200)),
	'no identity': forging(() => Buffer.alloc(0)),
	'an identity of a kind unknown': forging((payload) => {
		payload[3] = 9;
		return payload;
	}),
	'a forged record': async (socket) => {
		const wire = await SecureWire.dial(socket);
		await delay(300);
		wire.sending.key = randomBytes(32);
		wire.send(header(PING, SYN, 0, 1));
	},
	'yamux of another version': say(() => header(PING, SYN, 0, 1, 7)),
	'an unknown type of frame': say(() => header(9, 0, 1, 0)),
	'a ping on a stream': say(() => header(PING, SYN, 1, 1)),
	'data on the session': say(() => data(0, Buffer.alloc(10), SYN)),
	'a stream with our numbers': say(() => header(WINDOW, SYN, 2, 0)),
	'a stream opened twice': say(() => Buffer.concat([
		header(WINDOW, SYN, 1, 0), header(WINDOW, SYN, 1, 0)])),
	'more than the window': say(() => Buffer.concat([
		stream(1, '/goop/site/1.0.0'), data(1, Buffer.alloc(WINDOW_BYTES))])),
	'a body of four gigabytes': say(() => Buffer.concat([
		header(WINDOW, SYN, 1, 0), header(DATA, 0, 1, 0xffffffff)]))
};

export const nuisances = {
	'a secured connection without use': say(() => header(PING, SYN, 0, 1)),
	'thousands of streams': say(() => times(20000,
		(i) => header(WINDOW, SYN, odd(i), 0))),
	'streams opened and reset': say(() => times(50000,
		(i) => Buffer.concat([stream(odd(i), '/goop/site/1.0.0'),
			header(WINDOW, RST, odd(i), 0)]))),
	'endless pings': say(() => times(50000, (i) => header(PING, SYN, 0, i))),
	'endless pings, pongs unread': async (socket) => {
		const wire = await SecureWire.dial(socket);
		socket.pause();
		wire.send(times(200000, (i) => header(PING, SYN, 0, i)));
	},
	'pongs unasked': say(() => times(50000, (i) => header(PING, ACK, 0, i))),
	'windows beyond all bounds': say(() => Buffer.concat([
		stream(1, '/goop/site/1.0.0'),
		times(10000, () => header(WINDOW, 0, 1, 0xffffffff))])),
	'data for no stream': say(() => times(2000,
		(i) => data(odd(i), Buffer.alloc(1000)))),
	'empty data': say(() => Buffer.concat([stream(1, '/goop/site/1.0.0'),
		times(50000, () => data(1, Buffer.alloc(0)))])),
	'a session that goes away and stays': say(() => header(GO_AWAY, 0, 0, 0)),
	'half a header of a frame': say(() => header(PING, SYN, 0, 1)
		.subarray(0, 7)),
	'streams of zeros': say(() => times(100,
		(i) => data(odd(i), Buffer.alloc(60000), SYN))),
	'endless proposals on streams': say(() => times(50, (i) => data(odd(i),
		Buffer.concat([hello, ...Array(500).fill(token('/none/1.0.0'))]), SYN))),
	'a line without end for the site': say(() => stream(1, '/goop/site/1.0.0',
		Buffer.concat([Buffer.from('GET /'), Buffer.alloc(60000, 'a')]))),
	'a path of every evil for the site': say(() => times(64, (i) =>
		stream(odd(i), '/goop/site/1.0.0', Buffer.concat([Buffer.from('GET /'),
			randomBytes(200), Buffer.from('\n')])))),
	'garbage for identify': say(() => times(20, (i) =>
		stream(odd(i), '/ipfs/id/push/1.0.0', randomBytes(8000)))),
	'garbage for pubsub': say(() => times(20, (i) =>
		stream(odd(i), '/meshsub/1.1.0', randomBytes(8000)))),
	'a frame of pubsub without end': say(() => stream(1, '/meshsub/1.1.0',
		Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0x7f]),
			Buffer.alloc(60000)]))),
	'subscriptions without number': say(() => stream(1, '/meshsub/1.1.0',
		times(2000, (i) => {
			const name = Buffer.from(`topic-${i}`);
			const inner = Buffer.concat([Buffer.from([0x08, 1, 0x12,
				name.length]), name]);
			return Buffer.concat([Buffer.from([inner.length + 2, 0x0a,
				inner.length]), inner]);
		}))),
	'pings on a stream, replies unread': async (socket) => {
		const wire = await SecureWire.dial(socket);
		wire.send(stream(1, '/ipfs/ping/1.0.0'));
		await delay(300);
		socket.pause();
		wire.send(times(7, () => data(1, randomBytes(32 * 1024))));
	},
	'streams half closed at once': say(() => times(64, (i) => Buffer.concat([
		stream(odd(i), '/goop/content/1.0.0'),
		header(WINDOW, FIN, odd(i), 0)])))
};
