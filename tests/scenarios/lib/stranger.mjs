// Strangers on the wire: plain sockets that speak libp2p's first steps badly.
// Runs inside a host of netns.mjs, as a program of its own:
//
//	node stranger.mjs ADDRESS PORT MANNER [COUNT [FROM...]]
//
// opens COUNT connections at once that behave in this manner, from the FROM
// addresses in turn, and prints {"event":"there"} once all have connected or
// failed, {"event":"said"} once all have said what they had to say, and when all
// have ended or PATIENCE is over
// {"event":"over","connected","closed","open","received"}; received is the
// beginning of what the first of them got, in base64.
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { frame, hello, token } from './secure_wire.mjs';
import { faults, nuisances } from './yamux_stranger.mjs';

const self = fileURLToPath(import.meta.url);
// Longer than any time that a node may give a stranger, on a loaded machine.
const PATIENCE_MS = 30000;
const RECEIVED_MAX = 8192;

const noise = Buffer.concat([hello, token('/noise')]);

async function slowly(socket, bytes, pauseMs) {
	for (const byte of bytes) {
		if (socket.destroyed)
			return;
		socket.write(Buffer.from([byte]));
		await delay(pauseMs);
	}
}

// Each is what a connection does once it is there. None ends by itself: ending
// it is the other side's part.
const manners = {
	silence: () => {},
	garbage: (socket) => socket.write(randomBytes(65536)),
	zeros: (socket) => socket.write(Buffer.alloc(1024 * 1024)),
	'half a header': (socket) => socket.write(hello.subarray(0, 9)),
	'half a header and the end': (socket) => socket.end(hello.subarray(0, 9)),
	'an oversized frame': (socket) => socket.write(Buffer.concat([hello,
		Buffer.from([0xff, 0xff, 0x03]), Buffer.alloc(65535, 'a')])),
	'an endless length': (socket) => socket.write(Buffer.alloc(65536, 0xff)),
	'a frame without newline': (socket) =>
		socket.write(Buffer.concat([hello, Buffer.from('\x06/noise')])),
	'another version': (socket) => socket.write(token('/multistream/2.0.0')),
	http: (socket) => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
	'a byte a second': (socket) => slowly(socket, noise, 1000),
	'endless proposals': (socket) => socket.write(Buffer.concat([hello,
		...Array(5000).fill(token('/none/1.0.0'))])),
	'proposals, answers unread': (socket) => {
		socket.pause();
		socket.write(Buffer.concat([hello,
			...Array(100000).fill(token('/none/1.0.0'))]));
	},
	'the longest proposals': (socket) => socket.write(Buffer.concat([hello,
		...Array(100).fill(token(`/${'x'.repeat(1022)}`))])),
	// What go does: not a fault, but here the handshake never follows.
	'tls first, then silence': async (socket) => {
		socket.write(Buffer.concat([hello, token('/tls/1.0.0')]));
		await delay(300);
		socket.write(token('/noise'));
	},
	'noise, then silence': (socket) => socket.write(noise),
	'noise, then garbage': (socket) =>
		socket.write(Buffer.concat([noise, randomBytes(65536)])),
	'noise, an empty frame': (socket) =>
		socket.write(Buffer.concat([noise, frame(Buffer.alloc(0))])),
	'noise, the largest frame': (socket) =>
		socket.write(Buffer.concat([noise, frame(randomBytes(65535))])),
	'noise, a key of low order': (socket) =>
		socket.write(Buffer.concat([noise, frame(Buffer.alloc(32))])),
	'noise, a forged last message': async (socket) => {
		socket.write(Buffer.concat([noise, frame(randomBytes(32))]));
		await delay(300);
		socket.write(frame(randomBytes(184)));
	},
	'noise, slowly': async (socket) => {
		socket.write(noise);
		await slowly(socket, frame(randomBytes(32)), 1000);
	}
};
const everyManner = { ...manners, ...faults, ...nuisances };
export const MANNERS = Object.keys(manners);
export const FAULTS = Object.keys(faults);
export const NUISANCES = Object.keys(nuisances);

// Start strangers on this host; { there, said, over } are promises of what they
// print, and stop() ends them.
export function startStrangers(t, host, { address, port, manner, count = 1,
	from = [] }) {
	const [program, ...args] = host.command(process.execPath, self, address,
		String(port), manner, String(count), ...from);
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((done) => child.once('close', done));
	const lines = createInterface({ input: child.stdout });
	const event = (name) => new Promise((done, fail) => {
		lines.on('line', (line) => {
			const told = JSON.parse(line);
			if (told.event === name)
				done(told);
		});
		ended.then(() => fail(new Error(`strangers (${manner}) ended`)));
	});
	const strangers = { there: event('there'), said: event('said'),
		over: event('over'),
		stop: () => {
			child.kill('SIGKILL');
			return ended;
		} };
	// A test that does not wait for one of them is not at fault.
	for (const name of ['there', 'said', 'over'])
		strangers[name].catch(() => {});
	t.after(strangers.stop);
	return strangers;
}

function connect(address, port, from, told) {
	const socket = createConnection({ host: address, port,
		...(from && { localAddress: from }) });
	const one = { socket, received: Buffer.alloc(0) };
	socket.on('data', (data) => {
		if (one.received.length < RECEIVED_MAX)
			one.received = Buffer.concat([one.received, data]);
	});
	socket.on('error', () => {}); // a reset is one way to end
	one.there = new Promise((done) => {
		socket.once('connect', () => {
			told.connected++;
			done(true);
		});
		socket.once('close', () => done(false));
	});
	one.over = new Promise((done) => socket.once('close', done));
	one.over.then(() => told.closed++);
	return one;
}

// That the other side ends it in the middle is what is waited for.
async function behave(socket, manner) {
	try {
		await everyManner[manner](socket);
	} catch (error) {
		if (!socket.destroyed)
			throw error;
	}
}

async function main([address, port, manner, count = '1', ...from]) {
	const told = { connected: 0, closed: 0 };
	const all = Array.from({ length: Number(count) }, (_, i) =>
		connect(address, Number(port), from[i % from.length], told));
	const there = await Promise.all(all.map((one) => one.there));
	console.log(JSON.stringify({ event: 'there', ...told }));
	const said = Promise.all(all.map((one, i) =>
		there[i] && behave(one.socket, manner)))
		.then(() => console.log(JSON.stringify({ event: 'said', ...told })));
	await Promise.race([Promise.all([said, ...all.map((one) => one.over)]),
		delay(PATIENCE_MS)]);
	console.log(JSON.stringify({ event: 'over', ...told,
		open: all.length - told.closed,
		received: all[0].received.subarray(0, RECEIVED_MAX).toString('base64') }));
	process.exit(0);
}

if (process.argv[1] === self)
	await main(process.argv.slice(2));
