// The command line and the supervisor, with real daemons.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync,
	readdirSync, realpathSync, rmSync, statSync, symlinkSync,
	writeFileSync } from 'node:fs';
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { Peer, GOOP2, goop2, run, isAlive, temporaryDirectory, smallDisk,
	mountMissing } from './lib/peer.mjs';
import { cleanup } from './lib/cleanup.mjs';
import { Host, Network, netnsMissing } from './lib/netns.mjs';

const DAEMONS = ['goopd', 'goop-discoveryd', 'goop-viewerd'];
const mode = (path) => (statSync(path).mode & 0o777).toString(8);
const host = (t) => netnsMissing ? undefined : Host.alone(t);
const peerFor = (t, options = {}) => Peer.init(t, { host: host(t), ...options });

async function daemonPids(peer) {
	const { daemons } = await peer.status();
	return Object.fromEntries(daemons.map(({ name, pid }) => [name, pid]));
}

// A place where goop2 finds these daemons instead of the built ones.
function programs(t, replace) {
	const directory = temporaryDirectory(t);
	const built = dirname(realpathSync(GOOP2));
	copyFileSync(realpathSync(GOOP2), join(directory, 'goop2'));
	for (const name of DAEMONS)
		if (replace[name] === undefined) {
			symlinkSync(join(built, name), join(directory, name));
		} else {
			writeFileSync(join(directory, name),
				`#!/bin/sh\n${replace[name]}\n`);
			chmodSync(join(directory, name), 0o755);
		}
	return join(directory, 'goop2');
}

test('init makes a peer once and changes nothing later', async (t) => {
	const directory = join(temporaryDirectory(t), 'deep', 'er', 'alice');
	const made = await goop2('init', directory, '--label', 'Alice');
	assert.equal(made.code, 0, made.stderr);
	assert.equal(made.stderr, '');
	assert.equal(mode(directory), '700');
	assert.equal(mode(join(directory, 'goop.json')), '600');
	assert.equal(mode(join(directory, 'data/identity.key')), '600');
	assert.equal(statSync(join(directory, 'data/identity.key')).size, 68);
	assert.match(readFileSync(join(directory, 'site/index.html'), 'utf8'),
		/<link rel="stylesheet" href="style.css">/);
	assert.deepEqual(readdirSync(join(directory, 'site')).sort(), ['guestbook.css',
		'guestbook.html', 'guestbook.js', 'index.html', 'style.css']);
	const schema = JSON.parse(readFileSync(join(directory, 'schemas/guestbook.json')));
	assert.deepEqual(schema.access,
		{ read: 'open', insert: 'open', update: 'owner', delete: 'owner' });
	const config = JSON.parse(readFileSync(join(directory, 'goop.json')));
	assert.equal(config.profile.label, 'Alice');

	const id = (await goop2('id', directory)).stdout;
	assert.match(id, /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}\n$/);
	const again = await goop2('init', directory);
	assert.equal(again.code, 0);
	assert.match(again.stdout, / is already a peer: only what is missing/);
	assert.equal((await goop2('id', directory)).stdout, id);

	const relabel = await goop2('init', directory, '--label', 'Bob');
	assert.equal(relabel.code, 1);
	assert.match(relabel.stderr, /^goop2: .* already has a configuration/);
});

test('init gives a guestbook only to a site that it makes', async (t) => {
	const directory = temporaryDirectory(t);
	mkdirSync(join(directory, 'site'));
	const made = await goop2('init', directory);
	assert.equal(made.code, 0, made.stderr);
	assert.deepEqual(readdirSync(join(directory, 'site')), []);
	assert.ok(!existsSync(join(directory, 'schemas')));

	rmSync(join(directory, 'site'), { recursive: true });
	mkdirSync(join(directory, 'schemas'));
	writeFileSync(join(directory, 'schemas/guestbook.json'), '{"mine":true}');
	assert.equal((await goop2('init', directory)).code, 0);
	assert.ok(existsSync(join(directory, 'site/guestbook.html')));
	assert.equal(readFileSync(join(directory, 'schemas/guestbook.json'), 'utf8'),
		'{"mine":true}');
});

test('id makes nothing and tells what is wrong', async (t) => {
	const directory = temporaryDirectory(t);
	const none = await goop2('id', directory);
	assert.equal(none.code, 4);
	assert.match(none.stderr, /no key .*goop2 init/);
	assert.deepEqual(readdirSync(directory), []);
	assert.equal((await goop2('id', join(directory, 'nowhere'))).code, 4);

	mkdirSync(join(directory, 'data'));
	for (const bytes of [randomBytes(68), Buffer.alloc(0), randomBytes(9000)]) {
		writeFileSync(join(directory, 'data/identity.key'), bytes);
		const damaged = await goop2('id', directory);
		assert.equal(damaged.code, 78);
		assert.match(damaged.stderr, /identity\.key .* is damaged/);
	}
});

test('usage errors are one line and exit with 2', async () => {
	const typo = await goop2('statsu');
	assert.equal(typo.code, 2);
	assert.equal(typo.stderr,
		'goop2: unknown command: statsu; did you mean status?\n');
	for (const [words, message] of [
		[['xy'], /^goop2: unknown command: xy; see goop2 --help\n$/],
		[['--hlep'], /^goop2: unknown option: --hlep; /],
		[['fetch', 'd'], /^goop2: missing argument: PEER\nusage: goop2 fetch DIR PEER PATH\n$/],
		[['stop', 'd', 'e'], /^goop2: unexpected argument: e\nusage: /],
		[['stop', 'd', '--json'], /^goop2: unknown option: --json\n/],
		[['init', 'd', '-z'], /^goop2: unknown option: -z\n/],
		[['init', 'd', '--label'], /^goop2: option --label needs a value\n/],
		[['init', 'd', '--label', 'a\nb'], /^goop2: a label is one line /],
	]) {
		const wrong = await goop2(...words);
		assert.equal(wrong.code, 2, words);
		assert.match(wrong.stderr, message);
	}
	const help = await goop2('--help');
	assert.equal(help.code, 0);
	for (const name of ['init', 'peer', 'id', 'peers', 'fetch', 'status',
		'restart', 'stop', 'config']) {
		assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'));
		const one = await goop2(name, '--help');
		assert.equal(one.code, 0);
		assert.match(one.stdout, new RegExp(`^usage: goop2 ${name} DIR`));
	}
	assert.match((await goop2('--version')).stdout, /^goop2 \d+\.\d+\.\d+\n$/);
});

test('output that cannot be written is an error', async () => {
	const full = await run(['sh', '-c', `"${GOOP2}" --help >/dev/full`]);
	assert.equal(full.code, 1);
	assert.match(full.stderr, /disk full/);
});

test('starts, tells where, and refuses a second instance', async (t) => {
	const peer = await peerFor(t, { label: 'Alice' });
	await peer.start();
	assert.match(peer.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*\/$/);
	for (const name of DAEMONS)
		assert.ok(peer.lines.some((l) => l.includes(`${name} ready`)), name);
	assert.ok(peer.lines.some((l) => l.includes('goop2: ') &&
		l.includes(peer.id)), 'it tells its id');

	const second = await peer.goop2('peer');
	assert.equal(second.code, 8);
	assert.match(second.stderr, new RegExp(`already running on .*: goop2 ` +
		`with pid ${(await peer.status()).pid}\n$`));
	assert.equal((await peer.goop2('init')).code, 8);
	assert.equal((await peer.goop2('id')).stdout.trim(), peer.id);
	assert.deepEqual(await peer.peers(), []);
});

test('status has its stable shape', async (t) => {
	const peer = await peerFor(t);
	await peer.start();
	const status = await peer.status();
	assert.equal(status.directory, realpathSync(peer.directory));
	assert.equal(status.viewer_url, peer.url);
	assert.deepEqual(status.daemons.map(({ name }) => name), DAEMONS);
	for (const row of status.daemons) {
		assert.equal(row.state, 'ready');
		assert.ok(isAlive(row.pid));
		assert.ok(row.memory_kib > 0);
		assert.equal(row.restarts, 0);
		assert.ok(row.uptime_ms >= 0);
		assert.equal(row.last_exit, undefined);
		assert.equal(typeof row.counters, 'object');
	}
	const human = await peer.goop2('status');
	assert.match(human.stdout, /^DAEMON +STATE +PID +UP FOR +RESTARTS +MEMORY/);
	assert.match(human.stdout, /^goopd +ready /m);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	test(`${signal} stops in order`, async (t) => {
		const peer = await peerFor(t);
		await peer.start();
		const pids = await daemonPids(peer);
		assert.deepEqual(await peer.stop(signal), { code: 0, signal: null });
		const stopped = peer.lines.map((l) => /(\S+) stopped: /.exec(l)?.[1])
			.filter(Boolean);
		assert.deepEqual(stopped, ['goop-discoveryd', 'goop-viewerd', 'goopd']);
		assert.ok(!peer.lines.some((l) => /SIGKILL/.test(l)), peer.tail());
		for (const pid of Object.values(pids))
			assert.ok(!isAlive(pid));
	});

test('stop and restart by command', async (t) => {
	const peer = await peerFor(t);
	const none = await peer.goop2('stop');
	assert.equal(none.code, 3);
	assert.match(none.stderr, /no peer is running on .*: start it with goop2 peer/);
	for (const command of ['status', 'peers', 'restart'])
		assert.equal((await peer.goop2(command)).code, 3, command);
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 3);

	await peer.start();
	const before = await daemonPids(peer);
	assert.equal((await peer.goop2('restart', 'goopd')).code, 0);
	const after = await daemonPids(peer);
	assert.notEqual(after.goopd, before.goopd);
	assert.equal(after['goop-viewerd'], before['goop-viewerd']);
	assert.equal((await peer.daemon('goopd')).state, 'ready');

	assert.equal((await peer.goop2('restart')).code, 0);
	const last = await daemonPids(peer);
	for (const name of DAEMONS)
		assert.notEqual(last[name], after[name], name);

	const unknown = await peer.goop2('restart', 'goop-nothing');
	assert.equal(unknown.code, 4);
	assert.match(unknown.stderr, /no daemon goop-nothing/);
	assert.equal((await peer.goop2('stop')).code, 0);
	assert.deepEqual(await peer.ended, { code: 0, signal: null });
});

for (const name of DAEMONS)
	test(`${name} killed comes back, and it is told why`, async (t) => {
		const peer = await peerFor(t);
		await peer.start();
		const before = await daemonPids(peer);
		peer.mark();
		process.kill(before[name], 'SIGKILL');
		await peer.line(new RegExp(
			`${name} died: killed by SIGKILL; restarting in 0\\.1 s`));
		await peer.line(new RegExp(`${name} ready`));
		const row = await peer.daemon(name);
		assert.equal(row.last_exit, 'killed by SIGKILL');
		assert.equal(row.restarts, 1);
		const after = await daemonPids(peer);
		for (const other of DAEMONS)
			assert.equal(after[other] === before[other], other !== name, other);
		assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
		const obituary = await peer.until('its obituary in the viewer', async () =>
			JSON.parse((await peer.http('/api/logs')).body).find(({ daemon, msg }) =>
				daemon === 'goop2' && msg.startsWith(`${name} died: `)));
		assert.equal(obituary.level, 'warn');
		assert.match(obituary.msg, /killed by SIGKILL; restarting in/);
	});

test('a daemon that hangs is killed and started again', async (t) => {
	const peer = await peerFor(t);
	await peer.start({ env: { GOOP_WATCHDOG_MS: '1000' } });
	const { pid } = await peer.daemon('goop-discoveryd');
	peer.mark();
	process.kill(pid, 'SIGSTOP');
	await peer.line(/goop-discoveryd does not answer: killed by the watchdog/);
	await peer.line(/goop-discoveryd died: watchdog: killed by SIG/);
	await peer.line(/goop-discoveryd ready/);
	assert.match((await peer.daemon('goop-discoveryd')).last_exit, /^watchdog: /);
});

test('goop2 stopped by job control kills nobody when it goes on', async (t) => {
	const peer = await peerFor(t);
	await peer.start({ env: { GOOP_WATCHDOG_MS: '1000' } });
	const before = await daemonPids(peer);
	const { pid } = await peer.status();
	process.kill(pid, 'SIGSTOP');
	await new Promise((done) => setTimeout(done, 3500)); // longer than the limit
	process.kill(pid, 'SIGCONT');
	assert.deepEqual(await daemonPids(peer), before);
});

test('goop2 killed takes its daemons along, and starts again', async (t) => {
	const peer = await peerFor(t);
	await peer.start();
	const pids = Object.values(await daemonPids(peer));
	await peer.stop('SIGKILL');
	await peer.until('daemons gone', () => !pids.some(isAlive));
	assert.equal((await peer.goop2('status')).code, 3);
	await peer.start();
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
	assert.equal((await peer.stop()).code, 0);
});

test('goop2 killed and started at once', async (t) => {
	const peer = await peerFor(t, { config: { p2p: { listen_port: 4711 } } });
	await peer.start();
	for (let i = 0; i < 5; i++) {
		await peer.stop('SIGKILL');
		await peer.start();
	}
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
	for (const row of (await peer.status()).daemons)
		assert.equal(row.restarts, 0, `${row.name}: ${row.last_exit}`);
});

test('goop2 killed while a daemon hangs: the next one clears up', async (t) => {
	const peer = await peerFor(t);
	await peer.start();
	const pids = await daemonPids(peer);
	process.kill(pids['goop-discoveryd'], 'SIGSTOP');
	await peer.stop('SIGKILL');
	await peer.start();
	assert.ok(!isAlive(pids['goop-discoveryd']));
	assert.ok(peer.lines.some((l) =>
		/killing a daemon that outlived its goop2 pid=/.test(l)), peer.tail());
});

test('an installed goop2 finds its daemons', async (t) => {
	const prefix = temporaryDirectory(t);
	const built = dirname(realpathSync(GOOP2));
	mkdirSync(join(prefix, 'bin'));
	mkdirSync(join(prefix, 'libexec/goop2'), { recursive: true });
	copyFileSync(join(built, 'goop2'), join(prefix, 'bin/goop2'));
	for (const name of DAEMONS)
		copyFileSync(join(built, name), join(prefix, 'libexec/goop2', name));
	const peer = await peerFor(t, { program: join(prefix, 'bin/goop2') });
	await peer.start();
	assert.equal((await peer.stop()).code, 0);

	copyFileSync(join(built, 'goop2'), join(prefix, 'goop2'));
	const alone = await run([join(prefix, 'goop2'), 'peer', peer.directory]);
	assert.equal(alone.code, 1);
	assert.match(alone.stderr, /goopd is neither beside goop2 nor .*make/);
});

test('a directory too deep for a Unix socket works too', async (t) => {
	const deep = join(temporaryDirectory(t), 'deep'.repeat(40));
	const standIns = () => readdirSync('/tmp').filter((name) =>
		/^goop2-\d+-[0-9a-f]{16}$/.test(name));
	const before = standIns();
	cleanup(t, () => standIns().filter((name) => !before.includes(name))
		.forEach((name) => rmSync(join('/tmp', name), { recursive: true })));
	assert.equal((await goop2('init', deep)).code, 0);
	const peer = new Peer(t, deep, { host: host(t) });
	peer.configure({ viewer: { http_addr: '127.0.0.1:0' } });
	await peer.start();
	assert.equal((await peer.status()).daemons.length, 3);
	assert.equal((await peer.stop()).code, 0);
});

test('runs as an ordinary user', { skip: process.getuid() !== 0 &&
	'everything else here does already' }, async (t) => {
	const peer = await peerFor(t);
	execFileSync('chown', ['-R', '65534:65534', peer.directory]);
	chmodSync(dirname(peer.directory), 0o755);
	const inner = peer.host ?? { command: (...command) => command };
	peer.host = { command: (...command) => inner.command('setpriv',
		'--reuid=65534', '--regid=65534', '--clear-groups', ...command) };
	await peer.start();
	for (const row of (await peer.status()).daemons)
		assert.ok(row.memory_kib > 0, row.name);
	process.kill((await peer.daemon('goop-viewerd')).pid, 'SIGSTOP');
	await peer.stop('SIGKILL');
	await peer.start();
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
	assert.equal((await peer.stop()).code, 0);
});

test('killed again and again it comes back at once', async (t) => {
	const peer = await peerFor(t);
	await peer.start();
	for (let round = 0; round < 12; round++) {
		const { pid } = await peer.daemon('goopd');
		process.kill(pid, 'SIGKILL');
		await peer.until('goopd to be ready', async () => {
			const row = await peer.daemon('goopd');
			return row.pid !== pid && row.state === 'ready';
		});
	}
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
});

test('a crash loop ends in a failed daemon, the others run on', async (t) => {
	const peer = await peerFor(t, {
		program: programs(t, { 'goop-viewerd': 'kill -SEGV $$' }) });
	await peer.start({ env: { GOOP_RESTART_MS: '1' } });
	assert.equal(peer.url, undefined);
	await peer.line(/goop-viewerd failed: killed by SIGSEGV.*goop2 restart/);
	const row = await peer.daemon('goop-viewerd');
	assert.equal(row.state, 'failed');
	assert.equal(row.restarts, 9);
	assert.match(row.last_exit, /^killed by SIGSEGV/);
	assert.equal((await peer.daemon('goopd')).state, 'ready');
	const again = await peer.goop2('restart', 'goop-viewerd');
	assert.equal(again.code, 1);
	assert.match(again.stderr, /goop-viewerd did not start: killed by SIGSEGV/);
	assert.equal((await peer.stop()).code, 0);
});

test('a daemon that never gets ready does not hold up the stop', async (t) => {
	const peer = await peerFor(t, {
		program: programs(t, { 'goop-viewerd': 'trap "" TERM; cat /dev/zero >/dev/null' }) });
	peer.spawn();
	await peer.line(/goopd ready/);
	await peer.line(/goop-discoveryd ready/);
	assert.equal((await peer.daemon('goop-viewerd')).state, 'starting');
	const { pid } = await peer.daemon('goop-viewerd');
	assert.deepEqual(await peer.stop(), { code: 0, signal: null });
	await peer.line(/goop-viewerd stopped: killed by SIGKILL/);
	assert.ok(!isAlive(pid));
});

test('a second Ctrl-C ends it at once', async (t) => {
	const peer = await peerFor(t, {
		program: programs(t, { 'goop-viewerd': 'trap "" TERM; cat /dev/zero >/dev/null' }) });
	peer.spawn();
	await peer.line(/goop-discoveryd ready/);
	peer.kill('SIGINT');
	await peer.line(/goop-discoveryd stopped/);
	await peer.until('the end', () => {
		peer.kill('SIGINT');
		return peer.lines.some((l) => /stopping at once/.test(l));
	});
	assert.equal((await peer.ended).code, 0);
});

test('a damaged key stops everything with 78', async (t) => {
	const peer = await peerFor(t);
	const key = join(peer.directory, 'data/identity.key');
	const damaged = readFileSync(key).map((byte, i) => i === 40 ? byte ^ 1 : byte);
	writeFileSync(key, damaged);
	peer.spawn();
	assert.deepEqual(await peer.ended, { code: 78, signal: null });
	assert.ok(peer.lines.some((l) => /identity\.key/.test(l)), peer.tail());
	assert.ok(peer.lines.some((l) =>
		/goopd ended: exit status 78 .*not restarted/.test(l)), peer.tail());
	assert.deepEqual(readFileSync(key), damaged, 'the file is left alone');
	assert.equal((await peer.goop2('id')).code, 78);
});

test('a wrong configuration names file, line, key, reason', async (t) => {
	const peer = await peerFor(t);
	writeFileSync(join(peer.directory, 'goop.json'), '{\n "presence": {\n' +
		'  "ttl_seconds": "many",\n  "heartbeat_seconds": 0\n },\n' +
		' "viewer": { "http_adr": "127.0.0.1:0" }\n}\n');
	for (const command of ['peer', 'config', 'init', 'id']) {
		const wrong = await peer.goop2(command);
		assert.equal(wrong.code, 78, command);
		assert.match(wrong.stderr, /^goop\.json:3: presence\.ttl_seconds: ./m);
		assert.match(wrong.stderr, /^goop\.json:4: presence\.heartbeat_seconds: ./m);
		assert.match(wrong.stderr,
			/^goop\.json:6: warning: viewer\.http_adr: .*did you mean .*http_addr/m);
		assert.match(wrong.stderr, /^goop2: fix .*, then start again/m);
		assert.ok(!/starting/.test(wrong.stderr), 'nothing starts');
	}
});

test('an unknown key only warns', async (t) => {
	const peer = await peerFor(t, { config: { viewer: { them: 'light' } } });
	await peer.start();
	assert.ok(peer.lines.some((l) => /viewer\.them: .*did you mean .*theme/.test(l)),
		peer.tail());
});

test('config is printed so that it loads back', async (t) => {
	const peer = await peerFor(t, { label: 'Zoë "Z" \\ 漢', config: {
		viewer: { allow_users: ['bob', 'eve'] }, p2p: { listen_port: 4001 } } });
	const first = JSON.parse((await peer.goop2('config', '--json')).stdout);
	assert.equal(first.config.profile.label, 'Zoë "Z" \\ 漢');
	assert.equal(first.from['p2p.listen_port'], 'goop.json');
	assert.equal(first.from['log.level'], 'default');
	writeFileSync(join(peer.directory, 'goop.json'), JSON.stringify(first.config));
	const second = JSON.parse((await peer.goop2('config', '--json')).stdout);
	assert.deepEqual(second.config, first.config);
	assert.equal(second.from['log.level'], 'goop.json');
	assert.match((await peer.goop2('config')).stdout,
		/^p2p\.listen_port +4001 +# goop\.json$/m);
});

test('without viewer.http_addr there is no viewer', async (t) => {
	const peer = await peerFor(t, { config: { viewer: { http_addr: '' } } });
	await peer.start();
	assert.equal(peer.url, undefined);
	assert.deepEqual((await peer.status()).daemons.map(({ name }) => name),
		DAEMONS.slice(0, 2));
	assert.equal((await peer.goop2('restart', 'goop-viewerd')).code, 4);
});

// A program that listens there before the peer's viewer does.
async function takePort(t, peer, address, port) {
	const taker = spawn(...((command) => [command[0], command.slice(1)])(
		(peer.host ?? { command: (...c) => c }).command(process.execPath, '-e',
			`require("net").createServer().listen(${port}, "${address}",` +
			' () => console.log("taken"))')),
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	cleanup(t, () => taker.kill('SIGKILL'));
	await once(taker.stdout, 'data');
	return taker;
}

test('a taken port is told, with what to change', async (t) => {
	const peer = await peerFor(t, { config: { viewer: { http_addr:
		'127.0.0.1:8099' } } });
	const taker = await takePort(t, peer, '127.0.0.1', 8099);
	peer.spawn();
	await peer.line(/goop-viewerd: .*127\.0\.0\.1:8099.*viewer\.http_addr/);
	await peer.line(/goop-viewerd died: exit status 1; restarting/);
	await peer.line(/goopd ready/);
	assert.equal((await peer.daemon('goopd')).state, 'ready');
	taker.kill('SIGKILL');
	await peer.line(/^Open http:\/\/127\.0\.0\.1:8099\/$/);
});

test('who waits for sites on the other loopback is told of', async (t) => {
	const peer = await peerFor(t, { config: { viewer: { http_addr:
		'127.0.0.1:8098' } } });
	await takePort(t, peer, '::1', 8098);
	peer.spawn();
	await peer.line(/<4>goop-viewerd: another program listens on \[::1\]:8098: .*viewer\.http_addr/);
	await peer.line(/^Open http:\/\/127\.0\.0\.1:8098\/$/);
});

test('peer fills an empty directory, but no foreign one', async (t) => {
	const directory = temporaryDirectory(t);
	writeFileSync(join(directory, 'thesis.txt'), 'mine');
	const foreign = await goop2('peer', directory);
	assert.equal(foreign.code, 1);
	assert.match(foreign.stderr, /contains other files .*goop2 init/);
	assert.deepEqual(readdirSync(directory), ['thesis.txt']);
	assert.equal((await goop2('peer', join(directory, 'nowhere'))).code, 4);

	const empty = join(temporaryDirectory(t), 'bob');
	mkdirSync(empty);
	const peer = new Peer(t, empty, { host: host(t) });
	peer.spawn(); // on the viewer's default port, in a network of its own
	await peer.line(netnsMissing ? /goopd ready/ : /^Open /);
	assert.ok(existsSync(join(empty, 'site/index.html')));
	assert.equal(JSON.parse(readFileSync(join(empty, 'goop.json')))
		.profile.label, 'bob');
});

test('fetch writes a file, and its exit status says what went wrong', async (t) => {
	const big = randomBytes(3 << 20);
	const peer = await peerFor(t, { label: 'Alice',
		files: { 'big.bin': big, 'sub/index.html': 'inside', 'empty': '' } });
	await peer.start();
	const whole = await peer.goop2('fetch', peer.id, '/big.bin');
	assert.equal(whole.code, 0, whole.stderr);
	assert.ok(whole.bytes.equals(big));
	assert.equal((await peer.goop2('fetch', peer.id, 'sub')).stdout, 'inside');
	assert.equal((await peer.goop2('fetch', peer.id, '/sub/')).stdout, 'inside');
	const empty = await peer.goop2('fetch', peer.id, '/empty');
	assert.deepEqual([empty.code, empty.stdout, empty.stderr], [0, '', '']);

	const missing = await peer.goop2('fetch', peer.id, '/nothing.html');
	assert.equal(missing.code, 4);
	assert.equal(missing.stdout, '');
	assert.match(missing.stderr, /^goop2: .+\n$/);
	const nobody = await peer.goop2('fetch', 'Nobody', '/');
	assert.equal(nobody.code, 4);
	assert.match(nobody.stderr, /no known peer is named Nobody/);
	const stranger = await peer.goop2('fetch',
		'12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5', '/');
	assert.equal(stranger.code, 6, stranger.stderr);
});

test('fetch takes a label or the beginning of an id', { skip: netnsMissing },
	async (t) => {
		const lan = Network.create(t);
		const big = randomBytes(3 << 20);
		const [alice, bob, bert] = await Promise.all(
			['Alice', 'Bob', 'Bob'].map((label) => Peer.init(t, { label,
				host: lan.host(), files: { 'big': big, 'who': label } })));
		await alice.start();
		await bob.start();
		await alice.sees(bob);
		const got = await alice.goop2('fetch', 'Bob', '/big');
		assert.equal(got.code, 0, got.stderr);
		assert.ok(got.bytes.equals(big));
		const start = bob.id.slice(0, 20);
		assert.equal((await alice.goop2('fetch', start, 'who')).stdout, 'Bob');
		assert.match((await alice.goop2('peers')).stdout,
			new RegExp(`^${bob.id} +online +\\d+ s +lan[ .\\dms]* +Bob$`, 'm'));

		await bert.start();
		await alice.sees(bert);
		const several = await alice.goop2('fetch', 'Bob', '/big');
		assert.equal(several.code, 4);
		assert.match(several.stderr, /several peers are named Bob.*peer id/);
	});

test('fetch into a pipe that closes ends quietly', async (t) => {
	const peer = await peerFor(t, { files: { big: randomBytes(3 << 20) } });
	await peer.start();
	const head = await run(['bash', '-c', `"${GOOP2}" fetch "${peer.directory}" ` +
		`${peer.id} /big | head -c 10; exit \${PIPESTATUS[0]}`]);
	assert.equal(head.bytes.length, 10);
	assert.equal(head.code, 141);
	assert.equal(head.stderr, '');
});

test('fetch to a full disk fails', async (t) => {
	const peer = await peerFor(t, { files: { big: randomBytes(3 << 20) } });
	await peer.start();
	const full = await run(['sh', '-c', `"${GOOP2}" fetch "${peer.directory}" ` +
		`${peer.id} /big >/dev/full`]);
	assert.equal(full.code, 1);
	assert.match(full.stderr, /cannot write the output: No space left/);
});

test('init on a full disk leaves no half file', { skip: mountMissing },
	async (t) => {
		const disk = smallDisk(t, 12);
		const directory = join(disk, 'peer');
		mkdirSync(directory);
		writeFileSync(join(disk, 'filler'), Buffer.alloc(4096));
		const full = await goop2('init', directory);
		assert.equal(full.code, 1);
		assert.match(full.stderr, /^goop2: cannot write .*: No space left/m);
		assert.ok(!existsSync(join(directory, 'goop.json')));
		const halves = readdirSync(directory, { recursive: true })
			.filter((name) => /identity\.key$/.test(name))
			.filter((name) => statSync(join(directory, name)).size !== 68);
		assert.deepEqual(halves, []);

		// With room again, the same command goes on from there.
		execFileSync('mount', ['-o', 'remount,size=1m', disk]);
		const again = await goop2('init', directory);
		assert.equal(again.code, 0, again.stderr);
		assert.match((await goop2('id', directory)).stdout, /^12D3KooW/);
	});

test('a read-only directory is refused with the reason', { skip: mountMissing },
	async (t) => {
		const disk = smallDisk(t, 1024);
		assert.equal((await goop2('init', join(disk, 'peer'))).code, 0);
		execFileSync('mount', ['-o', 'remount,ro', disk]);
		const peer = await goop2('peer', join(disk, 'peer'));
		assert.equal(peer.code, 5);
		assert.match(peer.stderr, /cannot write into .*: Read-only file system/);
		const init = await goop2('init', join(disk, 'other'));
		assert.equal(init.code, 5);
		assert.match(init.stderr, /cannot create .*: Read-only file system/);
		assert.equal((await goop2('id', join(disk, 'peer'))).code, 0);
		assert.equal((await goop2('config', join(disk, 'peer'))).code, 0);
	});

test('a disk that turns read-only keeps the settings it has',
	{ skip: mountMissing }, async (t) => {
		const disk = smallDisk(t, 1024);
		const peer = await peerFor(t, { label: 'Before' });
		await peer.start(); // which makes the database
		await peer.stop();
		cpSync(peer.directory, disk, { recursive: true,
			filter: (path) => basename(path) !== 'run' });
		peer.directory = disk;
		// What is open for writing would keep the disk from changing.
		for (const name of ['goop2.lock', 'data.db', 'data.db-wal', 'data.db-shm']) {
			const file = join(disk, name);
			execFileSync('mount', ['--bind', file, file]);
			cleanup(t, () => execFileSync('umount', ['-l', file]));
		}
		await peer.start();
		execFileSync('mount', ['-o', 'remount,bind,ro', disk]);
		const old = readFileSync(join(disk, 'goop.json'), 'utf8');
		peer.mark();
		const refused = await peer.http('/api/settings/quick', { method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: '{"label":"After"}' });
		assert.equal(refused.status, 500);
		assert.match(refused.body,
			/^the configuration file cannot be written: Read-only file system$/m);
		await peer.line(/<4>goop-viewerd: settings not saved: .*Read-only/);
		assert.equal(readFileSync(join(disk, 'goop.json'), 'utf8'), old);
		assert.equal(JSON.parse((await peer.http('/api/self')).body).label,
			'Before');
		assert.equal((await peer.stop()).code, 0);
	});

test('status works where the daemons run without goop2', async (t) => {
	const peer = await peerFor(t);
	const built = dirname(realpathSync(GOOP2));
	for (const name of DAEMONS) {
		const command = (peer.host ?? { command: (...c) => c })
			.command(join(built, name), peer.directory);
		const { XDG_RUNTIME_DIR, ...env } = process.env;
		const daemon = spawn(command[0], command.slice(1),
			{ stdio: 'ignore', env });
		cleanup(t, () => daemon.kill('SIGKILL'));
	}
	const status = await peer.until('three daemons', async () => {
		const answer = await peer.status();
		return answer.daemons.length === 3 && answer;
	});
	assert.equal(status.pid, undefined);
	for (const row of status.daemons)
		assert.equal(row.state, 'ready');
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
	const restart = await peer.goop2('restart');
	assert.equal(restart.code, 3);
	assert.match(restart.stderr, /run without goop2: use systemctl/);
	peer.url = (await peer.daemon('goop-viewerd')).status;
	await peer.until('the log lines of all', async () => {
		const lines = JSON.parse((await peer.http('/api/logs')).body);
		return DAEMONS.every((name) => lines.some((l) => l.daemon === name));
	});
});

// The processes that this one forked.
const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`,
	'utf8').split(' ').filter(Boolean).map(Number);

test('signer, mapper and keeper end with their parents, not by a signal', async (t) => {
	const peer = await peerFor(t);
	await peer.start();
	const pids = await daemonPids(peer);
	const helpers = [pids.goopd, pids['goop-viewerd']].flatMap(childrenOf);
	// No router is asked from the machine's own network.
	assert.equal(helpers.length, peer.host ? 3 : 2);
	// What systemd does to a whole unit, and a terminal to its programs.
	for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
		for (const pid of helpers)
			process.kill(pid, signal);
	assert.equal((await peer.goop2('fetch', peer.id, '/')).code, 0);
	const saved = await peer.http('/api/settings/quick', { method: 'POST',
		headers: { 'Content-Type': 'application/json' }, body: '{"label":"New"}' });
	assert.equal(saved.status, 200, saved.body);
	assert.ok(helpers.every(isAlive));
	assert.deepEqual(await daemonPids(peer), pids);
	for (const name of ['goopd', 'goop-viewerd'])
		process.kill(pids[name], 'SIGKILL');
	await peer.until('the helpers to end', () => !helpers.some(isAlive));
});

for (const name of DAEMONS)
	test(`${name} stops well when all of its group is told to`, async (t) => {
		const peer = await peerFor(t);
		const [program, ...args] = (peer.host ?? { command: (...c) => c })
			.command(join(dirname(realpathSync(GOOP2)), name), peer.directory);
		const { XDG_RUNTIME_DIR, ...env } = process.env;
		const daemon = spawn(program, args, { env, detached: true,
			stdio: ['ignore', 'ignore', 'pipe'] });
		cleanup(t, () => daemon.kill('SIGKILL'));
		let said = '';
		daemon.stderr.on('data', (data) => said += data);
		const ended = once(daemon, 'close');
		await peer.until('ready', () => / ready /.test(said));
		process.kill(-daemon.pid, 'SIGTERM');
		assert.deepEqual(await ended, [0, null], said);
		assert.doesNotMatch(said, /^<[34]>/m);
	});

test('tells systemd, or whoever asked, that it is ready', async (t) => {
	const peer = await peerFor(t);
	const path = join(temporaryDirectory(t), 'notify');
	// Node has no datagram Unix sockets.
	const listener = spawn('python3', ['-u', '-c', 'import socket\n' +
		's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n' +
		`s.bind(${JSON.stringify(path)})\nprint("bound")\n` +
		'while True: print(s.recv(4096).decode())'],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	cleanup(t, () => listener.kill('SIGKILL'));
	let heard = '';
	listener.stdout.on('data', (data) => heard += data);
	await peer.until('listening', () => heard.includes('bound'));
	await peer.start({ env: { NOTIFY_SOCKET: path } });
	await peer.until('READY=1', () => heard.includes('READY=1'));
	await peer.stop();
	await peer.until('STOPPING=1', () => heard.includes('STOPPING=1'));
});
