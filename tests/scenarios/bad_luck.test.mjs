// What happens to a peer without anybody's ill will: clocks that step, disks that
// are full, ports that are taken, a machine that sleeps, daemons that are killed
// again and again. Each ends in a clear sentence or goes unnoticed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync }
	from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanup } from './lib/cleanup.mjs';
import { Host, Network, netnsMissing } from './lib/netns.mjs';
import { Peer, isAlive, mountMissing, run, smallDisk, temporaryDirectory }
	from './lib/peer.mjs';

const options = { skip: netnsMissing ?? false };
const PORT = 41001;
const DAEMONS = ['goopd', 'goop-discoveryd', 'goop-viewerd'];
const TTL_S = 4;
const config = {
	p2p: { listen_port: PORT },
	presence: { ttl_seconds: TTL_S, heartbeat_seconds: 1 }
};

const make = (t, label, host, more = {}) => Peer.init(t, { label, host, config,
	files: { 'hello.txt': 'hello\n' }, ...more });

async function visits(visitor, peer) {
	const got = await visitor.goop2('fetch', peer.id, '/hello.txt');
	assert.equal(got.stdout, 'hello\n', got.stderr);
}

async function pids(peer) {
	const { daemons } = await peer.status();
	return Object.fromEntries(daemons.map((row) => [row.name, row.pid]));
}

// --- clocks

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu',
	'/usr/lib'].map((directory) => `${directory}/faketime/libfaketime.so.1`)
	.find(existsSync);

test('wall clocks that step by hours change nothing', { skip: options.skip ||
	(FAKETIME ? false : 'libfaketime is not on this machine') }, async (t) => {
	const lan = Network.create(t);
	const [a, b] = await Promise.all([make(t, 'Stepper', lan.host()),
		make(t, 'Steady', lan.host())]);
	const clock = join(temporaryDirectory(t), 'clock');
	writeFileSync(clock, '+0');
	// The sandbox would keep it from its file; monotonic clocks stay.
	await Promise.all([b.start(), a.start({ env: { LD_PRELOAD: FAKETIME,
		FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1',
		FAKETIME_DONT_FAKE_MONOTONIC: '1', GOOP_SANDBOX: 'off' } })]);
	await Promise.all([a.sees(b), b.sees(a)]);
	const before = [await pids(a), await pids(b)];
	a.mark();
	b.mark();
	for (const [step, hours] of [['+5h', 5], ['-7h', -7], ['+100d', 2400],
		['+0', 0]]) {
		writeFileSync(clock, step);
		await a.until('the step', async () => Math.abs(Date.now() +
			hours * 3600000 - (await a.peers())[0].last_seen_ms) < 60000);
		// Longer than the TTL: who was silent would be gone.
		const end = Date.now() + (TTL_S + 1) * 1000;
		while (Date.now() < end) {
			for (const [one, other] of [[a, b], [b, a]]) {
				const row = (await one.peers()).find((peer) =>
					peer.peer_id === other.id);
				assert.ok(row && !row.is_offline && row.is_reachable,
					`${step}: ${JSON.stringify(row)}`);
			}
			await delay(200);
		}
		await visits(a, b);
		await visits(b, a);
	}
	const log = [...a.lines, ...b.lines].filter((line) =>
		/offline|died|hung|watchdog/.test(line));
	assert.deepEqual(log, []);
	assert.deepEqual([await pids(a), await pids(b)], before);
});

// --- disks

// Take all that is left of a disk; returns how to give it back.
function fill(disk) {
	const file = join(disk, 'ballast');
	for (let size = 1 << 16; size >= 1; size >>= 1)
		try {
			for (;;)
				writeFileSync(file, Buffer.alloc(size, 1), { flag: 'a' });
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		}
	return () => rmSync(file);
}

const settings = (peer, label) => peer.http('/api/settings/quick', {
	method: 'POST', body: JSON.stringify({ label }),
	headers: { 'Content-Type': 'application/json',
		Origin: new URL(peer.url).origin } });

test('a disk that fills up is told of, and costs nothing that was there',
	{ skip: options.skip || (mountMissing ?? false) }, async (t) => {
		const lan = Network.create(t);
		const [a, b] = await Promise.all([make(t, 'Before', lan.host()),
			make(t, 'Other', lan.host())]);
		const disk = smallDisk(t, 1024);
		const directory = join(disk, 'peer');
		cpSync(a.directory, directory, { recursive: true });
		a.directory = directory;
		await a.start();
		const before = await pids(a);
		const empty = fill(disk);
		a.mark();
		const file = join(directory, 'goop.json');
		const old = readFileSync(file, 'utf8');
		const refused = await settings(a, 'After');
		assert.ok(refused.status >= 500, `${refused.status} ${refused.body}`);
		assert.match(refused.body, /No space left on device/);
		assert.equal(readFileSync(file, 'utf8'), old);
		await b.start();
		await Promise.all([a.sees(b), b.sees(a)]);
		await Promise.all([visits(a, b), visits(b, a)]);
		assert.equal((await b.peers()).find((row) => row.peer_id === a.id).label,
			'Before');
		assert.deepEqual(await pids(a), before);
		// The cache of peers is written at the end; without it, it goes on.
		assert.equal((await a.goop2('restart', 'goop-discoveryd')).code, 0);
		await a.line(/peer cache not saved: No space left on device/);
		await a.sees(b);
		// A daemon that dies finds room for all that it needs.
		for (const name of DAEMONS) {
			process.kill((await a.daemon(name)).pid, 'SIGKILL');
			await a.line(new RegExp(`${name} died: killed by SIGKILL`));
			await a.until(`${name} again`, async () =>
				(await a.daemon(name)).state === 'ready');
		}
		await a.sees(b);
		await Promise.all([visits(a, b), visits(b, a)]);
		empty();
		// It is on the page and in its log, not in every line.
		assert.ok(a.lines.filter((line) => /No space left/.test(line)).length <= 4,
			a.tail());
		const saved = await settings(a, 'After');
		assert.equal(saved.status, 200, saved.body);
		await b.until('the new label', async () => (await b.peers()).some((row) =>
			row.peer_id === a.id && row.label === 'After'));
		assert.equal((await a.stop()).code, 0);
		assert.deepEqual(readdirSync(directory).filter((name) =>
			/tmp|\.new|~$/.test(name)), []);
	});

// --- ports

// Somebody else who listens on this port of the host; stop() lets go of it.
async function taker(t, host, address, port) {
	const [program, ...args] = host.command(process.execPath, '-e',
		`require("net").createServer().listen(${port}, "${address}",` +
		' () => console.log("taken"))');
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = once(child, 'exit');
	const stop = () => {
		child.kill('SIGKILL');
		return ended;
	};
	cleanup(t, stop);
	await once(child.stdout, 'data');
	return { stop };
}

test('taken ports are told with what to change, and had when they are free',
	options, async (t) => {
		const host = Host.alone(t);
		const peer = await make(t, 'Late', host, { config: { ...config,
			viewer: { http_addr: '127.0.0.1:8099' } } });
		const takers = await Promise.all([taker(t, host, '0.0.0.0', PORT),
			taker(t, host, '127.0.0.1', 8099)]);
		peer.spawn();
		const [p2p, http] = await Promise.all([
			peer.line(/goopd: .*41001/), peer.line(/goop-viewerd: .*8099/)]);
		assert.match(p2p, /in use by another program.*p2p\.listen_port/);
		assert.match(http, /taken|in use/);
		assert.match(http, /viewer\.http_addr/);
		for (const name of ['goopd', 'goop-viewerd']) {
			await peer.line(new RegExp(
				`${name} died: exit status 1; restarting in`));
			assert.equal((await peer.daemon(name)).last_exit, 'exit status 1');
		}
		assert.equal((await peer.daemon('goop-discoveryd')).state, 'ready');
		await Promise.all(takers.map((one) => one.stop()));
		await peer.line(/^Open http:\/\/127\.0\.0\.1:8099\/$/);
		await peer.until('goopd', async () =>
			(await peer.daemon('goopd')).state === 'ready');
		await visits(peer, peer);
		assert.equal((await peer.stop()).code, 0);
	});

// --- sleep

test('a peer that slept for longer than the ttl is back at once', options,
	async (t) => {
		const lan = Network.create(t);
		const [a, b] = await Promise.all([make(t, 'Sleeper', lan.host()),
			make(t, 'Awake', lan.host())]);
		await Promise.all([b.start(),
			a.start({ env: { GOOP_WATCHDOG_MS: '60000' } })]);
		await Promise.all([a.sees(b), b.sees(a)]);
		const before = await pids(a);
		const sleepers = [...Object.values(before), (await a.status()).pid];
		for (const pid of sleepers)
			process.kill(pid, 'SIGSTOP');
		await b.sees(a, { offline: true });
		await delay(TTL_S * 1000);
		for (const pid of sleepers)
			process.kill(pid, 'SIGCONT');
		await Promise.all([a.sees(b), b.sees(a)]);
		assert.deepEqual(await pids(a), before);
		await Promise.all([visits(a, b), visits(b, a)]);
	});

// --- death

const DEATHS = 20;
const open = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// All processes on the host, but for those that ask (ip, nsenter, curl).
const processes = (host) => run(['ip', 'netns', 'pids', host.name])
	.then(({ stdout }) => stdout.trim().split('\n').map(Number)
		.filter(isAlive).map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8')
			.trim()).sort());

async function shape(peer) {
	const status = await peer.status();
	return { supervisor: status.pid, memory_kib: Number(/VmRSS:\s*(\d+)/.exec(
		readFileSync(`/proc/${status.pid}/status`, 'utf8'))[1]),
	fds: Object.fromEntries([['goop2', open(status.pid)],
		...status.daemons.map((row) => [row.name, open(row.pid)])]),
	files: readdirSync(join(peer.directory, 'run')).sort() };
}

test('each daemon killed twenty times, in any order, under load', options,
	async (t) => {
		const lan = Network.create(t);
		const [a, b] = await Promise.all([make(t, 'Mortal', lan.host()),
			make(t, 'Visitor', lan.host())]);
		await Promise.all([a.start(), b.start()]);
		await Promise.all([a.sees(b), b.sees(a)]);
		await Promise.all([visits(a, b), visits(b, a)]);
		const before = await shape(a), there = await processes(a.host);

		let loading = true, loaded = 0;
		const load = (async () => {
			while (loading) {
				const got = await a.http(`/p/${b.id}/hello.txt`)
					.catch(() => ({ status: 0 }));
				loaded += got.status === 200;
			}
		})();
		const victims = DAEMONS.flatMap((name) => Array(DEATHS).fill(name))
			.map((name) => [Math.random(), name]).sort(([x], [y]) => x - y)
			.map(([, name]) => name);
		let known = await a.status();
		try {
			// Who kills a ready daemon means it: that is no crash loop.
			for (const name of victims) {
				const row = known.daemons.find((one) => one.name === name);
				process.kill(row.pid, 'SIGKILL');
				known = await a.until(`${name} after ${row.pid}`, async () => {
					const status = await a.status();
					const now = status.daemons.find((one) => one.name === name);
					return now.state === 'ready' && now.pid !== row.pid &&
						status;
				});
			}
		} finally {
			loading = false;
		}
		await load;
		assert.ok(loaded > 0, 'no page was loaded meanwhile');

		await Promise.all([a.sees(b), b.sees(a)]);
		await Promise.all([visits(a, b), visits(b, a)]);
		const page = await a.http(`/p/${b.id}/hello.txt`);
		assert.equal(page.status, 200, page.body);
		const after = await shape(a);
		for (const name of DAEMONS) {
			const row = await a.daemon(name);
			assert.equal(row.restarts, DEATHS, name);
			assert.equal(row.last_exit, 'killed by SIGKILL', name);
		}
		assert.equal(after.supervisor, before.supervisor);
		assert.deepEqual(after.files, before.files);
		assert.deepEqual(await processes(a.host), there);
		for (const [name, count] of Object.entries(before.fds))
			assert.ok(Math.abs(after.fds[name] - count) <= 3,
				`${name}: ${count} descriptors became ${after.fds[name]}`);
		assert.ok(after.memory_kib < before.memory_kib + 2048,
			`goop2: ${before.memory_kib} KiB became ${after.memory_kib} KiB`);
		assert.equal((await a.stop()).code, 0);
	});
