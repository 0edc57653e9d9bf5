// Questions to databases by way of a peer's goopd, as its siblings ask them,
// without viewer or browser:
//
//	const bus = new DataBus(t, peer);          // a Peer of peer.mjs
//	await bus.own({ op: 'tables' })            // its database, as the owner
//	await bus.ask(other.id, { op: 'query', table: 'guestbook' })
//	await bus.changed('guestbook')             // from mark() on, or to come
//
// Both return the answer's data (undefined: none) and throw an Error with code
// and message for what is refused. Needs $BUILD/release/bench/data_bus.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanup } from './cleanup.mjs';
import { PATIENCE_MS } from './peer.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(resolve(root, process.env.BUILD ?? 'build'),
	'release/bench/data_bus');

// Why there are no such questions; undefined if there are.
export const dataBusMissing = existsSync(program) ? undefined :
	'data_bus is not built: make bench-tools';

// A condition that takes longer than its limit on some MiB of `text`.
export const slowWhere = Array.from({ length: 70 },
	(_, i) => `hex(hex(hex(text))) = '${i}'`).join(' OR ');

export class DataBus {
	waiting = new Map();
	changes = [];
	lookers = new Set();
	count = 0;

	constructor(t, peer) {
		this.peer = peer;
		const { XDG_RUNTIME_DIR, RUNTIME_DIRECTORY, ...env } = process.env;
		this.child = spawn(program, [peer.directory],
			{ env, stdio: ['pipe', 'pipe', 'inherit'] });
		this.child.stdin.on('error', () => {}); // it may be gone already
		createInterface({ input: this.child.stdout })
			.on('line', (line) => this.#hear(line));
		this.child.on('close', () => {
			for (const { fail } of this.waiting.values())
				fail(new Error('data_bus has ended'));
		});
		cleanup(t, () => this.child.kill('SIGKILL'));
	}

	own(request) {
		return this.ask(this.peer.id, request);
	}

	ask(peerId, request) {
		const word = String(this.count++);
		return new Promise((done, fail) => {
			this.waiting.set(word, { done, fail });
			this.child.stdin.write(
				`${word} ${peerId} ${request.op} ${JSON.stringify(request)}\n`);
		});
	}

	// Forget what has changed so far.
	mark() {
		this.changes = [];
	}

	changed(table) {
		return new Promise((done, fail) => {
			const look = () => {
				if (!this.changes.some((name) => name === table || name === ''))
					return;
				clearTimeout(timer);
				this.lookers.delete(look);
				done();
			};
			const timer = setTimeout(() => fail(new Error(
				`no change of ${table} was told, but of ${this.changes}`)),
				PATIENCE_MS);
			this.lookers.add(look);
			look();
		});
	}

	#hear(line) {
		const [, word, how, rest] = /^(\S+) (\S*) ?(.*)$/.exec(line);
		if (word === 'changed') {
			this.changes.push(how);
			for (const look of this.lookers)
				look();
			return;
		}
		const { done, fail } = this.waiting.get(word);
		this.waiting.delete(word);
		if (how === 'ok')
			done(rest ? JSON.parse(rest) : undefined);
		else
			fail(Object.assign(new Error(rest), { code: how }));
	}
}
