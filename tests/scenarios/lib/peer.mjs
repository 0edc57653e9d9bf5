// Real peers for tests: `goop2` and its daemons, each in a directory of its own,
// with the viewer on an ephemeral port. Nothing sleeps: one waits for a line of
// the log, or until a question has the wanted answer.
//
//	const peer = await Peer.init(t, { label: 'Alice', host });  // not started
//	await peer.start();           // returns when all daemons are ready
//	peer.id, peer.url             '12D3KooW...', 'http://127.0.0.1:40123/'
//	await peer.stop();            // SIGTERM; { code, signal } of goop2
//	await peer.status()           // goop2 status --json
//	await peer.peers()            // goop2 peers --json: its list of peers
//	await peer.goop2('fetch', other.id, '/')  // { code, stdout, stderr, bytes }
//	await peer.line(/ready/)      // the first line since mark() that matches
//	await peer.until('...', async () => (await peer.peers()).length === 1)
//	await peer.daemon('goopd')    // its row of the status
//	await peer.http('/api/self')  // { status, headers, body } from its viewer
//	await curl(host, url, { method, headers, body, more })  // the same, anywhere
//
// Options of Peer.init: label; config (laid over goop.json); host (a Host of
// netns.mjs to live in; else the machine's own network); files ({ name: text }
// for its site). The peer is killed and its directory removed when the test
// ends; its log stays in $BUILD/scenario-logs/.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync, rmSync,
	createWriteStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cleanup } from './cleanup.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const GOOP2 = resolve(process.env.GOOP2 ?? join(root, 'goop2'));
const logs = resolve(root, process.env.BUILD ?? 'build', 'scenario-logs');
// A machine under load is slow; what is lost is lost however long one waits.
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 20000);
const POLL_MS = 50;

// A directory that is removed when the test ends.
export function temporaryDirectory(t) {
	const directory = mkdtempSync(join(tmpdir(), 'goop-'));
	cleanup(t, () => rmSync(directory, { recursive: true, force: true,
		maxRetries: 20 }));
	return directory;
}

// The environment of everything: sockets live in the peer's own directory.
function environment(extra = {}) {
	const { XDG_RUNTIME_DIR, RUNTIME_DIRECTORY, NOTIFY_SOCKET, WATCHDOG_USEC,
		...rest } = process.env;
	return { ...rest, ...extra };
}

const inside = (host, command) => host ? host.command(...command) : command;

// Run a command to its end. code is null if a signal ended it.
export function run(command, { host, env, cwd, input, timeout = PATIENCE_MS * 3 }
	= {}) {
	const [program, ...args] = inside(host, command);
	return new Promise((done, fail) => {
		const child = spawn(program, args, { env: environment(env), cwd });
		const out = [], err = [];
		const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
		child.stdout.on('data', (data) => out.push(data));
		child.stderr.on('data', (data) => err.push(data));
		child.on('error', fail);
		child.stdin.on('error', () => {}); // it may not read it
		child.stdin.end(input);
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			const bytes = Buffer.concat(out);
			done({ code, signal, bytes, stdout: bytes.toString(),
				stderr: Buffer.concat(err).toString() });
		});
	});
}

// A request from a host. more: other options of curl.
export async function curl(host, url, { method = 'GET', headers = {}, body,
	more = [] } = {}) {
	const args = ['-sS', '-i', '--max-time', '30', '-X', method,
		...(method === 'HEAD' ? ['-I'] : []),
		...Object.entries(headers).flatMap(([k, v]) => ['-H', `${k}: ${v}`]),
		...(body === undefined ? [] : ['--data-binary', '@-']), ...more, url];
	const { code, bytes, stderr } = await run(['curl', ...args],
		{ host, input: body });
	if (code !== 0)
		throw new Error(`curl ${url}: ${stderr}`);
	const end = bytes.indexOf('\r\n\r\n');
	const [first, ...rest] = bytes.subarray(0, end).toString().split('\r\n');
	return { status: Number(first.split(' ')[1]),
		headers: Object.fromEntries(rest.map((l) => {
			const colon = l.indexOf(':');
			return [l.slice(0, colon).toLowerCase(), l.slice(colon + 1).trim()];
		})),
		bytes: bytes.subarray(end + 4),
		body: bytes.subarray(end + 4).toString() };
}

// Run goop2 with these arguments, outside of any directory.
export const goop2 = (...args) => run([GOOP2, ...args]);

const running = new Set();
process.on('exit', () => {
	for (const child of running)
		child.kill('SIGKILL');
});

// Lay these settings over those.
export function overlay(to, from) {
	for (const [key, value] of Object.entries(from))
		if (value && typeof value === 'object' && !Array.isArray(value))
			to[key] = overlay(to[key] ?? {}, value);
		else
			to[key] = value;
	return to;
}

let started = 0;

export class Peer {
	lines = [];
	marked = 0;
	waiting = new Set();

	// command: how goop2 is told to run this directory.
	constructor(t, directory, { host, program = GOOP2, command = 'peer' } = {}) {
		Object.assign(this, { t, directory, host, program, command });
		cleanup(t, () => this.stop('SIGKILL'));
	}

	// Make a peer directory; start() starts it.
	static async init(t, { label = 'Peer', config = {}, files = {}, ...rest }
		= {}) {
		const directory = join(temporaryDirectory(t), 'peer');
		const peer = new Peer(t, directory, rest);
		const made = await peer.goop2('init', '--label', label);
		if (made.code !== 0)
			throw new Error(`goop2 init: ${made.stderr}`);
		// The machine's real router is nothing for tests.
		peer.configure(overlay({ viewer: { http_addr: '127.0.0.1:0' },
			p2p: { port_mapping: rest.host ? 'auto' : 'off' } }, config));
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(directory, 'site', name)), { recursive: true });
			writeFileSync(join(directory, 'site', name), content);
		}
		peer.id = (await peer.goop2('id')).stdout.trim();
		return peer;
	}

	// Lay these settings over goop.json.
	configure(config) {
		const file = join(this.directory, 'goop.json');
		const old = JSON.parse(readFileSync(file, 'utf8'));
		writeFileSync(file, JSON.stringify(overlay(old, config), null, 2));
	}

	// goop2 COMMAND DIR ...
	goop2(command, ...args) {
		return run([this.program, command, this.directory, ...args],
			{ host: this.host });
	}

	// Start goop2 peer without waiting for anything. env: more environment.
	spawn({ env } = {}) {
		const [program, ...args] = inside(this.host,
			[this.program, this.command, this.directory]);
		this.child = spawn(program, args, { env: environment(env),
			stdio: ['ignore', 'pipe', 'pipe'] });
		running.add(this.child);
		mkdirSync(logs, { recursive: true });
		const name = `${this.t.name} ${started++}`.replace(/[^\w]+/g, '-');
		this.log = createWriteStream(join(logs, `${name}.log`));
		for (const stream of [this.child.stdout, this.child.stderr])
			createInterface({ input: stream }).on('line', (l) => this.#hear(l));
		const child = this.child, log = this.log;
		child.on('exit', () => running.delete(child));
		const closed = once(child, 'close').then(() => log.end());
		// All that it printed is wanted, but a daemon that hangs may hold
		// its output open for ever.
		this.ended = once(child, 'exit').then(async ([code, signal]) => {
			await Promise.race([closed, delay(1000)]);
			return { code, signal };
		});
		return this;
	}

	// Start, and wait until all daemons are ready.
	async start(options = {}) {
		this.mark();
		this.spawn(options);
		const ready = await Promise.race([this.line(/^(Open|Running) /),
			this.ended.then(({ code, signal }) => {
				throw new Error(`goop2 peer ended with ${code ?? signal}:\n` +
					this.tail());
			})]);
		this.url = /^Open (http\S+)/.exec(ready)?.[1];
		return this;
	}

	#hear(line) {
		if (!this.log.writableEnded)
			this.log.write(`${line}\n`);
		this.lines.push(line);
		const url = /^Open (http\S+)/.exec(line)?.[1];
		this.url = url ?? this.url;
		for (const waiter of this.waiting)
			waiter();
	}

	tail(count = 25) {
		return this.lines.slice(-count).map((l) => `    ${l}`).join('\n');
	}

	// Forget the lines so far: line() looks only at what comes from here on.
	mark() {
		this.marked = this.lines.length;
	}

	// The first line since mark() that matches, now or later.
	line(pattern, patience = PATIENCE_MS) {
		let next = this.marked;
		return new Promise((done, fail) => {
			const look = () => {
				for (; next < this.lines.length; next++)
					if (pattern.test(this.lines[next]))
						return finish(done, this.lines[next]);
			};
			const finish = (how, what) => {
				clearTimeout(timer);
				this.waiting.delete(look);
				how(what);
			};
			const timer = setTimeout(() => finish(fail, new Error(
				`no line matched ${pattern}:\n${this.tail()}`)), patience);
			this.waiting.add(look);
			look();
		});
	}

	// Ask until the answer is true (or what it returns is): returns the answer.
	async until(what, ask, patience = PATIENCE_MS) {
		const end = Date.now() + patience;
		let last;
		for (;;) {
			try {
				const answer = await ask();
				if (answer)
					return answer;
			} catch (error) {
				last = error;
			}
			if (Date.now() > end)
				throw new Error(`not seen: ${what} (${last?.message ?? 'no'})\n` +
					this.tail());
			await delay(POLL_MS);
		}
	}

	async #json(command) {
		const done = await this.goop2(command, '--json');
		if (done.code !== 0)
			throw new Error(`goop2 ${command}: ${done.stderr}`);
		return JSON.parse(done.stdout);
	}

	status() {
		return this.#json('status');
	}

	async daemon(name) {
		return (await this.status()).daemons.find((row) => row.name === name);
	}

	async peers() {
		return (await this.#json('peers')).peers;
	}

	// Wait until this peer knows the other one, reachable (or not).
	sees(other, { offline = false } = {}) {
		return this.until(`${other.id} ${offline ? 'offline' : 'online'}`,
			async () => (await this.peers()).find((row) =>
				row.peer_id === other.id && !!row.is_offline === offline &&
				(offline || row.is_reachable)));
	}

	// A request to this peer's viewer, from its own host.
	http(path, options) {
		return curl(this.host, new URL(path, this.url).href, options);
	}

	kill(signal) {
		if (this.child && this.child.exitCode === null &&
			this.child.signalCode === null)
			this.child.kill(signal);
	}

	// An ordered stop.
	async stop(signal = 'SIGTERM') {
		this.kill(signal);
		return this.ended;
	}
}

// Is this process (still) there? A zombie is not.
export function isAlive(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
	} catch {
		return false;
	}
}

// Why this machine cannot mount a small disk; undefined if it can.
export const mountMissing = process.getuid() === 0 ? undefined :
	'mounting a small disk needs root';

// A disk of so many KiB that is unmounted when the test ends.
export function smallDisk(t, kib) {
	const directory = temporaryDirectory(t);
	execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'goop-test',
		directory]);
	cleanup(t, () => execFileSync('umount', ['-l', directory]));
	return directory;
}
