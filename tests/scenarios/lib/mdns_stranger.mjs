// A stranger on the multicast group of mDNS. Runs inside a host of netns.mjs,
// as a program of its own:
//
//	node mdns_stranger.mjs OWN_ADDRESS MANNER [SECONDS]
//
// says all that belongs to the manner, over and over for so many seconds (or
// once), and prints {"event":"over","sent","dialled"}: the packets, and how
// often somebody connected to an address that it told. It goes on counting those
// until it is killed, and prints {"event":"dialled",...} twice a second.
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { peerId } from './goop_words.mjs';

const self = fileURLToPath(import.meta.url);
const GROUP = '224.0.0.251', PORT = 5353;
const PTR = 12, TXT = 16;
const SERVICE = ['goop-mdns', 'local'];
const BATCH = 20; // packets, and then the receivers get a moment

const u16 = (...values) => Buffer.concat(values.map((value) =>
	Buffer.from([value >> 8 & 255, value & 255])));
const name = (labels) => Buffer.concat([...labels.map((label) =>
	Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
	Buffer.from([0])]);
const record = (owner, type, data, ttl = 120) => Buffer.concat([owner,
	u16(type, 1, ttl >> 16, ttl, data.length), data]);
const text = (string) => Buffer.concat([Buffer.from([string.length]),
	Buffer.from(string)]);
const packet = (answers, { flags = 0x8400, questions = [], count } = {}) =>
	Buffer.concat([u16(0, flags, questions.length, count ?? answers.length,
		0, 0), ...questions, ...answers]);

const label = () => randomBytes(16).toString('hex');
const fakeId = () => peerId(randomBytes(32));
const query = packet([], { flags: 0,
	questions: [Buffer.concat([name(SERVICE), u16(PTR, 1)])] });

// An instance as go and js tell of theirs.
function instance(address, port, { id = fakeId(), ttl, own = label() } = {}) {
	const owner = name([own, ...SERVICE]);
	return [record(name(SERVICE), PTR, owner, ttl), record(owner, TXT,
		text(`dnsaddr=/ip4/${address}/tcp/${port}/p2p/${id}`), ttl)];
}

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

// Names that point at themselves, at each other, forward, and far too deep.
function loops() {
	const at = (offset) => u16(0xc000 | offset);
	const header = 12;
	return [
		packet([record(at(header), TXT, text('x'))]),
		packet([record(Buffer.concat([at(header + 2), at(header)]), TXT,
			text('x'))]),
		packet([record(at(0x3fff), TXT, text('x'))]),
		packet([record(at(0), PTR, at(header))]),
		packet([], { flags: 0, questions: times(16, (i) =>
			Buffer.concat([Buffer.from([1, 97]), at(header + 8 * i),
				u16(PTR, 1)])) }),
		packet([Buffer.concat(times(2000, (i) => at(header + 2 * i + 2)))],
			{ count: 200 })
	];
}

// Each is a list of packets; own is this host's address, port where it listens.
const manners = {
	garbage: () => times(2000, () => randomBytes(1 + Math.random() * 1400)),
	'garbage behind a good header': () => times(2000, (i) => Buffer.concat([
		u16(0, i % 2 ? 0x8400 : 0, i % 17, i % 9, i % 3, 0),
		randomBytes(i % 600)])),
	'truncated packets': (own, port) => {
		const whole = packet(instance(own, port));
		return [whole, query].flatMap((bytes) =>
			times(bytes.length, (i) => bytes.subarray(0, i)));
	},
	'compression loops': () => times(100, () => loops()).flat(),
	'counts that promise more': () => times(300, (i) => packet([],
		{ count: i < 100 ? 65535 : i })),
	'packets of 9000 bytes': (own, port) => times(50, () => {
		const bytes = packet(times(30, () => instance(own, port)).flat());
		return Buffer.concat([bytes, randomBytes(9000 - bytes.length)]);
	}),
	'larger packets': () => times(50, (i) => randomBytes(9001 + i * 1000)),
	'addresses that cannot be true': () => times(100, (i) => packet(instance(
		['127.0.0.1', '0.0.0.0', '8.8.8.8', '224.0.0.1', '255.255.255.255'][i % 5],
		i % 2 ? 1 : 65535))),
	'a flood of questions': () => times(5000, () => query),
	// On this link, so they might be true; nobody is there.
	'peers without a host': (own) => times(3000, (i) => packet(instance(
		own.replace(/\d+$/, String(100 + i % 100)), 1024 + i))),
	'peers on one host': (own, port) => times(3000, () =>
		packet(instance(own, port, { ttl: 4500 }))),
	'names of one peer': (own, port) => {
		const id = fakeId();
		return times(500, () => packet(instance(own, port, { id })));
	}
};
export const MDNS_MANNERS = Object.keys(manners);

// Start a stranger on this host: { over, dialled, stop }; over is a promise,
// dialled what was told last.
export function startMdnsStranger(t, host, manner, seconds = 0) {
	const [program, ...args] = host.command(process.execPath, self, host.ipv4,
		manner, String(seconds));
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((done) => child.once('close', done));
	const stranger = { dialled: 0, stop: () => {
		child.kill('SIGKILL');
		return ended;
	} };
	stranger.over = new Promise((done, fail) => {
		createInterface({ input: child.stdout }).on('line', (line) => {
			const told = JSON.parse(line);
			stranger.dialled = told.dialled;
			if (told.event === 'over')
				done(told);
		});
		ended.then(() => fail(new Error(`mdns stranger (${manner}) ended`)));
	});
	stranger.over.catch(() => {}); // who does not wait is not at fault
	t.after(stranger.stop);
	return stranger;
}

async function main([own, manner, seconds]) {
	const told = { sent: 0, dialled: 0 };
	const server = createServer((socket) => {
		told.dialled++;
		socket.on('error', () => {});
		socket.destroy();
	});
	await new Promise((done) => server.listen(0, own, done));
	const socket = createSocket('udp4');
	await new Promise((done) => socket.bind(PORT, own, done));
	socket.setMulticastInterface(own);
	socket.setMulticastTTL(255);
	const end = Date.now() + Number(seconds) * 1000;
	do {
		for (const bytes of manners[manner](own, server.address().port)) {
			await new Promise((done) => socket.send(bytes, PORT, GROUP, done));
			if (++told.sent % BATCH === 0)
				await delay(1);
		}
	} while (Date.now() < end);
	console.log(JSON.stringify({ event: 'over', ...told }));
	for (;;) {
		await delay(500);
		console.log(JSON.stringify({ event: 'dialled', ...told }));
	}
}

if (process.argv[1] === self)
	await main(process.argv.slice(2));
