// Asks what goop2 itself would never ask, on streams of its own. Runs inside a
// host of netns.mjs, as a program of its own; it takes and answers JSON lines.
//
//	const asker = startAsker(t, host, address, port);
//	await asker.ready;
//	await asker.ask('GET /../x\n')           // { text, length, reset }
//	asker.ask(text, protocol, { hold: true }) // reads nothing until release()
//	await asker.flood(protocol, 10000)       // { left }: streams not refused
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { YamuxWire } from './yamux_wire.mjs';

const self = fileURLToPath(import.meta.url);
const TEXT_MAX = 4096, QUIET_MS = 1000;

export function startAsker(t, host, address, port) {
	const [program, ...args] = host.command(process.execPath, self, address,
		String(port));
	const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
	const waiting = new Map();
	let number = 0;
	child.stdin.on('error', () => {}); // it may be gone already
	const answer = (id) => new Promise((done, fail) =>
		waiting.set(id, { done, fail }));
	const say = (order) => {
		child.stdin.write(`${JSON.stringify({ id: ++number, ...order })}\n`);
		return answer(number);
	};
	const ready = answer(0);
	createInterface({ input: child.stdout }).on('line', (line) => {
		const told = JSON.parse(line);
		waiting.get(told.id)?.done(told);
		waiting.delete(told.id);
	});
	const ended = new Promise((done) => child.once('close', done));
	ended.then(() => waiting.forEach(({ fail }) =>
		fail(new Error('the asker ended'))));
	ready.catch(() => {});
	const stop = () => {
		child.kill('SIGKILL');
		return ended;
	};
	t.after(stop);
	return { ready, stop, release: () => say({ what: 'release' }),
		ask: (text, protocol = '/goop/site/1.0.0', more = {}) =>
			say({ what: 'ask', text: Buffer.from(text, 'latin1')
				.toString('base64'), protocol, ...more }),
		flood: (protocol, count) => say({ what: 'flood', protocol, count }) };
}

async function ask(wire, { text, protocol, hold }) {
	const stream = wire.open(protocol, Buffer.from(text, 'base64'));
	if (hold)
		wire.socket.pause();
	const { bytes, reset } = await stream.over;
	return { text: bytes.subarray(0, TEXT_MAX).toString('latin1'),
		length: stream.length, reset };
}

// Open them all, and wait until none is refused any more.
async function flood(wire, { protocol, count }) {
	for (let i = 0; i < count && !wire.socket.destroyed; i++) {
		wire.open(protocol);
		await wire.send(Buffer.alloc(0));
	}
	for (let left = -1; left !== wire.streams.size && wire.streams.size;) {
		left = wire.streams.size;
		await delay(QUIET_MS);
	}
	return { left: wire.socket.destroyed ? 0 : wire.streams.size };
}

async function main([address, port]) {
	const wire = await YamuxWire.dial(address, Number(port));
	const say = (told) => console.log(JSON.stringify(told));
	const orders = { ask, flood, release: () => wire.socket.resume() };
	say({ id: 0 });
	for await (const line of createInterface({ input: process.stdin })) {
		const { id, what, ...order } = JSON.parse(line);
		Promise.resolve(orders[what](wire, order))
			.then((told) => say({ id, ...told }));
	}
}

if (process.argv[1] === self)
	await main(process.argv.slice(2));
