// A program of these tests that lives on a host of netns.mjs: it is told by JSON
// lines what to do and tells by JSON lines what happened.
//
//	const program = new Program(t, host, file, { port: 8787 });
//	await program.event((e) => e.event === 'listening')  // now or later
//	program.events                  // all that it told so far
//	program.say({ what: 'publish' })
//	await program.stop()            // kill it; stop('SIGTERM') asks
//
// The program's side: main(import.meta.url, (options, tell, orders) => ...)
// where orders is an async iterable of what say() sent.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanup } from './cleanup.mjs';
import { PATIENCE_MS } from './peer.mjs';

export class Program {
	events = [];
	waiting = new Set();

	// start: how it is started, if not by node; env: more environment.
	constructor(t, host, url, options = {}, { env,
		start = [process.execPath, fileURLToPath(url)] } = {}) {
		this.name = start.at(-1).replace(/.*\//, '');
		const command = [...start, JSON.stringify(options)];
		const [program, ...args] = host ? host.command(...command) : command;
		this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'],
			env: { ...process.env, ...env } });
		this.child.stdin.on('error', () => {}); // it may be gone already
		createInterface({ input: this.child.stdout }).on('line', (line) => {
			this.events.push(JSON.parse(line));
			this.#look();
		});
		this.ended = new Promise((done) => this.child.once('close',
			(code, signal) => {
				this.hasEnded = true;
				done({ code, signal });
				this.#look();
			}));
		cleanup(t, () => this.stop());
	}

	#look() {
		for (const look of [...this.waiting])
			look();
	}

	say(order) {
		this.child.stdin.write(`${JSON.stringify(order)}\n`);
	}

	// Where event(..., mark()) starts to look.
	mark() {
		return this.events.length;
	}

	// The first event from that place on that is wanted.
	event(wanted, from = 0, { patience = PATIENCE_MS, what = wanted } = {}) {
		return new Promise((done, fail) => {
			const finish = (how, value) => {
				clearTimeout(timer);
				this.waiting.delete(look);
				how(value);
			};
			const failure = (why) => new Error(`${this.name}: ${why}: ${what}\n` +
				this.events.slice(-15).map((e) =>
					`    ${JSON.stringify(e).slice(0, 300)}`).join('\n'));
			let next = from;
			const look = () => {
				for (; next < this.events.length; next++)
					if (wanted(this.events[next]))
						return finish(done, this.events[next]);
				return this.hasEnded && finish(fail, failure('ended before'));
			};
			const timer = setTimeout(() => finish(fail, failure('not seen')),
				patience);
			this.waiting.add(look);
			look();
		});
	}

	count(wanted, from = 0) {
		return this.events.slice(from).filter(wanted).length;
	}

	stop(signal = 'SIGKILL') {
		if (!this.hasEnded)
			this.child.kill(signal);
		return this.ended;
	}
}

// Run as the program of this file, if it is that.
export function main(url, act) {
	if (process.argv[1] !== fileURLToPath(url))
		return;
	const orders = (async function* () {
		for await (const line of createInterface({ input: process.stdin }))
			yield JSON.parse(line);
	})();
	const tell = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
	act(JSON.parse(process.argv[2]), tell, orders);
}
