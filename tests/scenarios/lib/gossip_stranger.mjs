// A stranger who says too much by pubsub, on a connection that is otherwise in
// order. Runs inside a host of netns.mjs, as a program of its own:
//
//	node gossip_stranger.mjs ADDRESS PORT TOPIC MANNER SECONDS [VICTIM]
//
// prints {"event":"there"} once it is connected, says the manner's RPCs for so
// many seconds, as fast as they are taken, and prints
// {"event":"over","count","seconds","cut"}: count of messages; cut: the
// other side ended it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Identity, rpc } from './goop_words.mjs';
import { YamuxWire } from './yamux_wire.mjs';

const self = fileURLToPath(import.meta.url);
const PER_RPC = 50, KEPT = 2003;

const presence = (id, more = {}) => JSON.stringify({ type: 'update', peerId: id,
	content: 'Flood', addrs: [], encryptionSupported: false,
	goopClientVersion: '2.4.60', ts: Date.now(), ...more });

const CROWD = 'presence of thousands';
let who, crowd, same; // one author, thousands of them, one message
let seqno = Date.now() * 1000;
const said = (topic, text) => who.message(topic, text, seqno++);
const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));

// Each makes the messages of one RPC.
const manners = {
	'presence, over and over': (topic) =>
		times(PER_RPC, () => said(topic, presence(who.id))),
	'the same message again': (topic) => {
		same ??= said(topic, presence(who.id));
		return times(PER_RPC, () => same);
	},
	'invalid JSON': (topic) => times(PER_RPC, (i) => said(topic,
		['{', '', '[]', '{"type":1}', '{"type":"update","peerId":',
			'\u0000', '['.repeat(5000)][i % 7])),
	'presence of others': (topic, victim) =>
		times(PER_RPC, () => said(topic, presence(victim,
			{ type: 'offline' }))),
	[CROWD]: (topic) => times(PER_RPC, () => {
		const one = crowd[seqno % KEPT];
		return one.message(topic, presence(one.id), seqno++);
	}),
	'messages of 60 KiB': (topic) => times(4, () => said(topic,
		presence(who.id, { content: 'x'.repeat(60000) }))),
	'messages of 1 MiB': (topic) => [said(topic, 'x'.repeat(1 << 20))],
	'a hundred topics': (topic) => times(PER_RPC, (i) =>
		said(`${topic}-${(seqno + i) % 100}`, presence(who.id))),
	'forged signatures': (topic) => times(PER_RPC, () => {
		const message = said(topic, presence(who.id));
		message[message.length - 1] ^= 1;
		return message;
	})
};
export const GOSSIP_MANNERS = Object.keys(manners);

// Start one on this host: { there, over, stop }.
export function startGossipStranger(t, host, { address, port, manner,
	topic = 'goop.presence.v1', seconds = 2, victim = '' }) {
	const [program, ...args] = host.command(process.execPath, self, address,
		String(port), topic, manner, String(seconds), victim);
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((done) => child.once('close', done));
	const stop = () => {
		child.kill('SIGKILL');
		return ended;
	};
	const lines = createInterface({ input: child.stdout });
	const event = (name) => new Promise((done, fail) => {
		lines.on('line', (line) => {
			const told = JSON.parse(line);
			if (told.event === name)
				done(told);
		});
		ended.then(() => fail(new Error(`gossip stranger (${manner}) ended`)));
	});
	const stranger = { there: event('there'), over: event('over'), stop };
	// A test that does not wait for one of them is not at fault.
	for (const name of ['there', 'over'])
		stranger[name].catch(() => {});
	t.after(stop);
	return stranger;
}

async function main([address, port, topic, manner, seconds, victim]) {
	who = await Identity.make();
	if (manner === CROWD)
		crowd = await Promise.all(times(KEPT, () => Identity.make()));
	const wire = await YamuxWire.dial(address, Number(port));
	const topics = [topic, ...manner === 'a hundred topics'
		? times(100, (i) => `${topic}-${i}`) : []];
	let stream;
	const open = () => stream = wire.open('/meshsub/1.1.0', rpc({ topics }));
	open();
	console.log(JSON.stringify({ event: 'there' }));
	const start = Date.now();
	let count = 0;
	while (Date.now() < start + Number(seconds) * 1000) {
		const messages = manners[manner](topic, victim);
		if (!await stream.say(rpc({ messages }))) {
			if (wire.socket.destroyed)
				break;
			open(); // the stream alone was reset
		}
		count += messages.length;
		// The timers and the socket want to live too.
		await new Promise((done) => setImmediate(done));
	}
	console.log(JSON.stringify({ event: 'over', count,
		seconds: (Date.now() - start) / 1000, cut: wire.socket.destroyed }));
	process.exit(0);
}

if (process.argv[1] === self)
	await main(process.argv.slice(2));
