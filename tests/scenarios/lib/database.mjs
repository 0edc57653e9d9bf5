// A peer's data.db, by SQLite's own program.
//
//	sqlite(peer.directory, 'SELECT 1')          // what it prints
//	const writer = new Writer(t, directory);    // adds pairs of rows for ever
//	await writer.some(100)                      // so many more are committed
//	await writer.stop()                         // how many were
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanup } from './cleanup.mjs';

export function sqlite(directory, sql) {
	return execFileSync('sqlite3', ['-cmd', '.timeout 20000',
		join(directory, 'data.db')], { input: sql, encoding: 'utf8' }).trim();
}

// Each transaction adds one row to left_one and one to right_one.
export class Writer {
	committed = 0;
	waiting = [];

	constructor(t, directory) {
		sqlite(directory, `PRAGMA journal_mode=WAL;
			CREATE TABLE IF NOT EXISTS left_one(n INTEGER, filling TEXT);
			CREATE TABLE IF NOT EXISTS right_one(n INTEGER);`);
		this.child = spawn('sqlite3', ['-cmd', '.timeout 20000',
			join(directory, 'data.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.child.stdin.on('error', () => {});
		this.ended = once(this.child, 'exit');
		createInterface({ input: this.child.stdout }).on('line', () => {
			this.committed++;
			this.waiting.forEach((look) => look());
			if (!this.stopping)
				this.#write();
		});
		cleanup(t, () => this.stop());
		this.#write();
	}

	#write() {
		this.child.stdin.write(`BEGIN IMMEDIATE;
			INSERT INTO left_one VALUES(${this.committed}, hex(randomblob(500)));
			INSERT INTO right_one VALUES(${this.committed});
			COMMIT;
			SELECT 'committed';\n`);
	}

	some(count) {
		const wanted = this.committed + count;
		return new Promise((done) => {
			const look = () => this.committed >= wanted && done();
			this.waiting.push(look);
			look();
		});
	}

	async stop() {
		this.stopping = true;
		this.child.stdin.end();
		await this.ended;
		return this.committed;
	}
}
