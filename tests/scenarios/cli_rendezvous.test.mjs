// goop2 and rendezvous servers: alone, beside a peer, and what is secret.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync,
	statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Peer, GOOP2, goop2, run, isAlive, temporaryDirectory }
	from './lib/peer.mjs';
import { cleanup } from './lib/cleanup.mjs';
import { Host, netnsMissing } from './lib/netns.mjs';

const SERVER = 'goop-rendezvousd';
const NEEDS = { skip: netnsMissing }; // all want the same port
const mode = (path) => (statSync(path).mode & 0o777).toString(8);

// A directory where nothing is yet, and goop2 rendezvous for it.
function server(t, config) {
	const directory = join(temporaryDirectory(t), 'deep', 'hub');
	const peer = new Peer(t, directory, { host: Host.alone(t),
		command: 'rendezvous' });
	if (config) {
		mkdirSync(directory, { recursive: true });
		writeFileSync(join(directory, 'goop.json'), JSON.stringify(config));
	}
	return peer;
}

const names = async (peer) =>
	(await peer.status()).daemons.map(({ name }) => name);

test('a dedicated server is made, run and asked', NEEDS, async (t) => {
	const hub = server(t);
	await hub.start();
	assert.equal(hub.url, 'http://127.0.0.1:8787/');
	assert.equal((await hub.http('/healthz')).body, 'ok');
	const said = hub.lines.join('\n');
	assert.match(said, /^Created \S+\/goop\.json$/m);
	assert.match(said, /^It has no admin page: .*goop2 hash-password/m);
	assert.match(said, /^Only this machine can reach it: set presence\.rendezvous_/m);

	assert.equal(mode(hub.directory), '700');
	assert.equal(mode(join(hub.directory, 'goop.json')), '600');
	for (const name of ['site', 'data'])
		assert.ok(!existsSync(join(hub.directory, name)), name);
	const config = JSON.parse(readFileSync(join(hub.directory, 'goop.json')));
	assert.deepEqual(Object.keys(config), ['presence']);
	assert.equal(config.presence.rendezvous_host, undefined);
	assert.equal(config.presence.rendezvous_only, undefined);

	const status = await hub.status();
	assert.deepEqual(status.daemons.map(({ name }) => name), [SERVER]);
	assert.equal(status.daemons[0].state, 'ready');
	assert.equal(status.server_url, hub.url);
	assert.equal(status.viewer_url, undefined);
	assert.match((await hub.goop2('status')).stdout,
		/^Rendezvous server http:\/\/127\.0\.0\.1:8787\/$/m);
	assert.deepEqual(await hub.stop(), { code: 0, signal: null });
	assert.equal((await hub.goop2('status')).code, 3);
});

test('what only a peer has is told to be missing', NEEDS, async (t) => {
	const hub = server(t);
	await hub.start();
	for (const args of [['peers'], ['fetch', '12D3KooW', '/']]) {
		const none = await hub.goop2(...args);
		assert.equal(none.code, 10, none.stderr);
		assert.match(none.stderr, /does not run here: the configuration does /);
	}
	assert.equal((await hub.goop2('restart', 'goopd')).code, 4);
	assert.equal((await hub.goop2('id')).code, 4);
});

test('restart, watchdog, death and a second instance', NEEDS, async (t) => {
	const hub = server(t);
	await hub.start({ env: { GOOP_WATCHDOG_MS: '1000' } });
	const first = (await hub.daemon(SERVER)).pid;
	assert.equal((await hub.goop2('restart', SERVER)).code, 0);
	const second = (await hub.daemon(SERVER)).pid;
	assert.notEqual(second, first);

	hub.mark();
	process.kill(second, 'SIGKILL');
	await hub.line(/goop-rendezvousd died: killed by SIGKILL; restarting/);
	await hub.line(/goop-rendezvousd ready/);
	const third = (await hub.daemon(SERVER)).pid;
	hub.mark();
	process.kill(third, 'SIGSTOP');
	await hub.line(/goop-rendezvousd died: watchdog: killed by SIG/);
	await hub.line(/goop-rendezvousd ready/);

	for (const command of ['rendezvous', 'peer', 'init']) {
		const refused = await hub.goop2(command);
		assert.equal(refused.code, 8, command);
	}
	assert.equal((await hub.goop2('stop')).code, 0);
	assert.deepEqual(await hub.ended, { code: 0, signal: null });
});

test('goop2 killed takes the server along', NEEDS, async (t) => {
	const hub = server(t);
	await hub.start();
	const { pid } = await hub.daemon(SERVER);
	await hub.stop('SIGKILL');
	await hub.until('the server gone', () => !isAlive(pid));
	await hub.start();
	assert.equal((await hub.http('/healthz')).status, 200);
});

test('a server that cannot run ends goop2', NEEDS, async (t) => {
	const wrong = server(t, { presence: { rendezvous_bind: 'localhost' } });
	const told = await wrong.goop2('rendezvous');
	assert.equal(told.code, 78);
	assert.match(told.stderr, /goop\.json:1: presence\.rendezvous_bind: must be/);

	const foreign = temporaryDirectory(t);
	writeFileSync(join(foreign, 'thesis.txt'), 'years of work');
	assert.equal((await goop2('rendezvous', foreign)).code, 1);
	assert.deepEqual(readdirSync(foreign), ['thesis.txt']);
});

test('what is printed fits the configuration', NEEDS, async (t) => {
	const hub = server(t, { presence: { rendezvous_bind: '::',
		rendezvous_port: 9999, admin_password: 'hush',
		external_url: 'https://goop.example' } });
	await hub.start();
	const said = hub.lines.join('\n');
	assert.match(said,
		/^Open http:\/\/\[::1\]:9999\/ - from other machines https:\/\/goop\.example$/m);
	assert.match(said, /^Its admin page: http:\/\/\[::1\]:9999\/admin /m);
	assert.doesNotMatch(said, /Only this machine|hush/);
});

test('the mode is of one run: a later peer is a peer', NEEDS, async (t) => {
	const hub = server(t);
	await hub.start();
	await hub.stop();
	const peer = new Peer(t, hub.directory, { host: hub.host });
	peer.configure({ viewer: { http_addr: '127.0.0.1:0' } });
	await peer.start();
	assert.deepEqual(await names(peer), ['goopd', 'goop-discoveryd',
		'goop-viewerd']);
	assert.ok(existsSync(join(hub.directory, 'data/identity.key')));
	await peer.stop();
	await hub.start();
	assert.deepEqual(await names(hub), [SERVER, 'goop-relayd']);
});

test('a peer that hosts has a fourth daemon', NEEDS, async (t) => {
	const peer = await Peer.init(t, { host: Host.alone(t),
		config: { presence: { rendezvous_host: true } } });
	await peer.start();
	assert.deepEqual(await names(peer), ['goopd', 'goop-discoveryd',
		'goop-viewerd', SERVER]);
	const status = await peer.status();
	assert.equal(status.viewer_url, peer.url);
	assert.equal(status.server_url, 'http://127.0.0.1:8787/');
	assert.ok(peer.lines.includes(`Rendezvous server ${status.server_url}`));
	await peer.until('its log lines in the viewer', async () =>
		JSON.parse((await peer.http('/api/logs')).body)
			.some(({ daemon }) => daemon === SERVER));
	peer.mark();
	assert.deepEqual(await peer.stop(), { code: 0, signal: null });
	const stopped = peer.lines.map((l) => /(\S+) stopped: /.exec(l)?.[1])
		.filter(Boolean);
	assert.equal(stopped[0], 'goop-discoveryd', 'it says goodbye first');
	assert.equal(stopped.at(-1), 'goopd');
	assert.ok(!peer.lines.some((l) => /SIGKILL/.test(l)), peer.tail());
});

test('a peer that only hosts needs no key', NEEDS, async (t) => {
	const hub = server(t, { presence: { rendezvous_host: true,
		rendezvous_only: true } });
	const peer = new Peer(t, hub.directory, { host: hub.host });
	await peer.start();
	assert.deepEqual(await names(peer), [SERVER]);
	assert.ok(!existsSync(join(hub.directory, 'data')));
	assert.ok(!existsSync(join(hub.directory, 'site')));
});

test('a server without goop2 keeps goop2 out', NEEDS, async (t) => {
	const hub = server(t);
	assert.equal((await hub.goop2('init', '--rendezvous')).code, 0);
	const [program, ...args] = hub.host.command(
		join(dirname(realpathSync(GOOP2)), SERVER), hub.directory);
	const { XDG_RUNTIME_DIR, ...env } = process.env;
	const daemon = spawn(program, args, { env, stdio: 'ignore' });
	cleanup(t, () => daemon.kill('SIGKILL'));
	const status = await hub.until('the server', () => hub.status());
	assert.equal(status.daemons[0].name, SERVER);
	assert.equal(status.pid, undefined);
	for (const command of ['rendezvous', 'peer']) {
		const refused = await hub.goop2(command);
		assert.equal(refused.code, 8);
		assert.match(refused.stderr, /already running on .*, without goop2: stop them first/);
	}
	const stop = await hub.goop2('stop');
	assert.equal(stop.code, 3);
	assert.match(stop.stderr, /run without goop2: use systemctl/);
	daemon.kill('SIGTERM');
	assert.deepEqual(await once(daemon, 'exit'), [0, null]);

	// And the other way round.
	await hub.start();
	const kept = await run([join(dirname(realpathSync(GOOP2)), SERVER),
		hub.directory], { host: hub.host });
	assert.equal(kept.code, 1);
	assert.match(kept.stderr, /goop2 is running on \S+: goop2 stop \S+ stops it/);
	assert.equal((await hub.daemon(SERVER)).state, 'ready');
});

test('needs tells by its exit status', async (t) => {
	const directory = temporaryDirectory(t);
	const needs = async (name) => (await goop2('needs', directory, name)).code;
	const configure = (config) =>
		writeFileSync(join(directory, 'goop.json'), JSON.stringify(config));
	assert.equal(await needs('goopd'), 0);
	assert.equal(await needs(SERVER), 10);
	assert.equal(await needs('goop-nothing'), 4);
	configure({ presence: { rendezvous_host: true }, viewer: { http_addr: '' } });
	assert.equal(await needs(SERVER), 0);
	assert.equal(await needs('goop-viewerd'), 10);
	configure({ presence: { rendezvous_host: true, rendezvous_only: true } });
	assert.equal(await needs('goopd'), 10);
	configure({ presence: 1 });
	assert.equal(await needs('goopd'), 78);
});

test('config shows no secrets', async (t) => {
	const directory = temporaryDirectory(t);
	const hash = (await run([GOOP2, 'hash-password'], { input: 'x\n' })).stdout;
	writeFileSync(join(directory, 'goop.json'), JSON.stringify({
		presence: { admin_password: 'hush-a', admin_password_hash: hash.trim() },
		profile: { verification_token: 'hush-b', bridge_token: 'hush-c' } }));
	const human = await goop2('config', directory);
	assert.match(human.stdout, /^presence\.admin_password +\(set\) /m);
	assert.match(human.stdout, /^profile\.verification_token +\(set\) /m);
	const json = await goop2('config', directory, '--json');
	const { config, secrets } = JSON.parse(json.stdout);
	assert.equal(secrets['presence.admin_password_hash'], 'set');
	assert.equal(config.presence.admin_password, undefined);
	assert.doesNotMatch(human.stdout + json.stdout, /hush|scrypt/);
	assert.match((await goop2('config', temporaryDirectory(t))).stdout,
		/^presence\.admin_password +\(not set\) /m);
});

test('hash-password reads one line from a pipe', async () => {
	const hash = (input) => run([GOOP2, 'hash-password'], { input });
	const one = await hash('correct horse\nbattery');
	assert.equal(one.code, 0, one.stderr);
	assert.match(one.stdout, /^\$scrypt\$ln=\d+,r=\d+,p=\d+\$\S+\$\S+\n$/);
	assert.notEqual((await hash('correct horse')).stdout, one.stdout);
	for (const [input, message] of [
		['', /the password must not be empty/],
		['\n', /the password must not be empty/],
		['x'.repeat(257), /at most 256 bytes/],
		['a\0b\n', /at most 256 bytes, none of them zero/],
	]) {
		const wrong = await hash(input);
		assert.equal(wrong.code, 2);
		assert.equal(wrong.stdout, '');
		assert.match(wrong.stderr, message);
	}
	assert.equal((await hash('x'.repeat(256))).code, 0);
});

// A terminal in which goop2 hash-password runs; answers are typed as it asks.
const TYPIST = `
import os, pty, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], 'hash-password'])
said, answers = b'', [a.encode() for a in sys.argv[2:]]
while True:
    try:
        said += os.read(fd, 1000)
    except OSError:
        break
    if answers and said.rstrip().endswith(b':'):
        while termios.tcgetattr(fd)[3] & termios.ECHO:
            pass
        os.write(fd, answers.pop(0))
        said += b' <typed>'
status = os.waitpid(pid, 0)[1]
print(said.decode())
print('code', os.waitstatus_to_exitcode(status))
`;
const typed = async (...answers) =>
	(await run(['python3', '-c', TYPIST, GOOP2, ...answers])).stdout;

test('hash-password asks a terminal twice and shows nothing', async () => {
	const good = await typed('hush hush\n', 'hush hush\n');
	assert.match(good, /^Password: +<typed>\s+Repeat the password: +<typed>\s+\$scrypt\$/);
	assert.match(good, /code 0/);
	assert.doesNotMatch(good, /hush/);
	const other = await typed('hush\n', 'hish\n');
	assert.match(other, /the passwords do not match[^]*code 2/);
	assert.doesNotMatch(other, /h[ui]sh/);
	assert.match(await typed('\x03'), /code -2/, 'Ctrl-C ends it');
});
