// What make install puts in place, and the units in a machine that boots.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, temporaryDirectory } from './lib/peer.mjs';
import { Machine, machineMissing } from './lib/machine.mjs';

const source = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = resolve(source, process.env.BUILD ?? 'build');
const PEER = ['goopd', 'goop-discoveryd', 'goop-viewerd'];
const SERVER = ['goop-rendezvousd', 'goop-relayd'];
const DAEMONS = [...PEER, ...SERVER];
const HOSTING = [...PEER, SERVER[0]]; // its relay_port is 0
const INITS = ['goop2-peer-init', 'goop2-rendezvous-init'];
const SERVICES = [...DAEMONS, ...INITS].map((name) => `${name}@.service`);
const analyzeMissing = (await run(['systemd-analyze', '--version'])
	.catch(() => ({ code: 1 }))).code === 0 ? undefined : 'no systemd-analyze';

async function make(...words) {
	const done = await run(['make', '-s', '--no-print-directory', '-C', source,
		`BUILD=${BUILD}`, ...words], { timeout: 600000 });
	assert.equal(done.code, 0, done.stderr);
}

// What a package would hold; returns the directory.
async function install(t) {
	const directory = temporaryDirectory(t);
	await make('install', `DESTDIR=${directory}`);
	return directory;
}

const filesOf = (directory) => readdirSync(directory, { recursive: true })
	.filter((name) => !statSync(join(directory, name)).isDirectory()).sort();

test('install puts all in place, uninstall takes it away', async (t) => {
	const directory = await install(t);
	const files = filesOf(directory);
	for (const name of ['bin/goop2', 'share/man/man1/goop2.1',
		...DAEMONS.map((name) => `libexec/goop2/${name}`),
		...SERVICES.map((name) => `lib/systemd/system/${name}`),
		'lib/systemd/system/goop2-peer@.target',
		'lib/systemd/system/goop2-rendezvous@.target',
		'lib/systemd/user/goop2-peer@.service',
		'lib/systemd/user/goop2-rendezvous@.service',
		'lib/sysusers.d/goop2.conf', 'lib/tmpfiles.d/goop2.conf',
		'share/applications/goop2.desktop',
		'share/bash-completion/completions/goop2'])
		assert.ok(files.includes(`usr/local/${name}`), name);
	for (const name of files.filter((name) => /systemd|desktop$/.test(name)))
		assert.doesNotMatch(readFileSync(join(directory, name), 'utf8'),
			/@[A-Z]+@/, `${name} is filled in`);
	await make('uninstall', `DESTDIR=${directory}`);
	assert.deepEqual(filesOf(directory), []);
});

test('another prefix is another text', async (t) => {
	const directory = temporaryDirectory(t);
	await make('install', `DESTDIR=${directory}`, 'PREFIX=/opt/goop');
	const unit = readFileSync(join(directory,
		'opt/goop/lib/systemd/system/goopd@.service'), 'utf8');
	assert.match(unit, /^ExecStart=\/opt\/goop\/libexec\/goop2\/goopd /m);
});

test('systemd-analyze verify has nothing to say', { skip: analyzeMissing ??
	(process.getuid() !== 0 && 'mounting needs root') }, async (t) => {
	const directory = await install(t);
	const runtime = temporaryDirectory(t);
	for (const [scope, units] of [
		['--system', ['goop2-peer@a.target', 'goop2-rendezvous@a.target',
			...SERVICES.map((name) => name.replace('@', '@a'))]],
		['--user', ['goop2-peer@a.service', 'goop2-rendezvous@a.service']],
	]) {
		const verified = await run(['unshare', '-m', 'sh', '-c',
			`mount --bind ${directory}/usr/local /usr/local && ` +
			`exec systemd-analyze verify ${scope} --man=no "$@"`, 'sh', ...units],
			{ env: { XDG_RUNTIME_DIR: runtime } });
		assert.equal(verified.stderr + verified.stdout, '');
		assert.equal(verified.code, 0);
	}
});

test('systemd-analyze security is at 2.0 or better', { skip: analyzeMissing },
	async (t) => {
		const directory = await install(t);
		for (const name of SERVICES) {
			const judged = await run(['systemd-analyze', 'security',
				'--offline=true', '--threshold=20', '--no-pager',
				`./usr/local/lib/systemd/system/${name}`], { cwd: directory });
			assert.equal(judged.code, 0, `${name}: ${judged.stdout.split('\n')
				.filter(Boolean).at(-1)}`);
		}
	});

const state = (name) => `/var/lib/goop2/${name}`;

async function booted(t) {
	const directory = await install(t);
	try {
		return await Machine.boot(t, join(directory, 'usr/local'));
	} catch (error) {
		t.skip(`this system boots no machine: ${error.message}`);
	}
}

const show = (machine, unit, property) =>
	machine.ok('systemctl', 'show', '-P', property, unit);
const mainPid = (machine, unit) => show(machine, unit, 'MainPID');

async function status(machine, name) {
	const answer = JSON.parse(await machine.ok('goop2', 'status', state(name),
		'--json'));
	return Object.fromEntries(answer.daemons.map((row) => [row.name, row]));
}

// All that the units of this name said.
const journal = (machine, name) => machine.ok('journalctl', '--no-pager', '-o',
	'cat', '-u', `*@${name}.service`);

test('units in a machine that boots', { skip: machineMissing }, async (t) => {
	const machine = await booted(t);
	if (!machine)
		return;
	let broken;
	const step = (what, fn) => t.test(what, { skip: broken }, async () => {
		broken = `not after "${what}" failed`;
		await fn();
		broken = undefined;
	});

	await step('a peer starts from nothing and is seen by root', async () => {
		await machine.ok('systemctl', 'start', 'goop2-peer@alice.target');
		const daemons = await status(machine, 'alice');
		assert.deepEqual(Object.keys(daemons), PEER);
		for (const row of Object.values(daemons))
			assert.equal(row.state, 'ready');
		assert.match(await machine.ok('curl', '-sL', 'http://127.0.0.1:8080/'),
			/<html/);
		const id = await machine.ok('goop2', 'id', state('alice'));
		assert.match(await machine.ok('goop2', 'fetch', state('alice'), id, '/'),
			/<html/);
		assert.doesNotMatch(await journal(machine, 'alice'), /sandbox/,
			'each has its own too');
		assert.equal(await machine.ok('stat', '-c', '%U %a', state('alice')),
			'goop2 700');
		assert.equal(await machine.ok('stat', '-c', '%U %a',
			`${state('alice')}/data/identity.key`), 'goop2 600');
		assert.equal(await show(machine, 'goop-rendezvousd@alice',
			'ActiveState'), 'inactive', 'its configuration asks for no server');
	});

	await step('a server starts from nothing, and is no peer', async () => {
		await machine.ok('systemctl', 'start', 'goop2-rendezvous@hub.target');
		assert.deepEqual(Object.keys(await status(machine, 'hub')),
			SERVER);
		assert.equal(await machine.ok('curl', '-s',
			'http://127.0.0.1:8787/healthz'), 'ok');
		assert.equal((await machine.run('test', '-e',
			`${state('hub')}/data/identity.key`)).code, 1);
		assert.doesNotMatch(await machine.ok('cat', `${state('hub')}/goop.json`),
			/rendezvous_(host|only)/);
	});

	await step('root joins a server for it, and goop.json stays its own',
		async () => {
		const url = 'http://127.0.0.1:8787', file = `${state('alice')}/goop.json`;
		const before = await status(machine, 'alice');
		assert.equal((await machine.ok('goop2', 'join', state('alice'), url)),
			`Joined ${url}`);
		assert.equal(await machine.ok('stat', '-c', '%U %a', file), 'goop2 600');
		assert.match(await machine.ok('cat', file), new RegExp(url));
		assert.equal(await machine.ok('goop2', 'leave', state('alice')),
			`Left ${url}`);
		const after = await status(machine, 'alice');
		for (const name of PEER)
			assert.equal(after[name].pid, before[name].pid, name);
	});

	await step('one daemon restarts, the others carry on', async () => {
		const before = await status(machine, 'alice');
		await machine.ok('systemctl', 'restart', 'goop-viewerd@alice');
		const after = await status(machine, 'alice');
		for (const name of PEER)
			assert.equal(after[name].pid === before[name].pid,
				name !== 'goop-viewerd', name);
	});

	await step('what is killed comes back', async () => {
		for (const unit of ['goop-rendezvousd@hub', 'goopd@alice']) {
			const before = await mainPid(machine, unit);
			await machine.ok('systemctl', 'kill', '-s', 'KILL',
				'--kill-who=main', unit);
			await machine.until(`${unit} again`, async () =>
				await show(machine, unit, 'ActiveState') === 'active' &&
				await mainPid(machine, unit) !== before);
		}
		await machine.until('alice to answer', async () =>
			(await machine.run('goop2', 'fetch', state('alice'),
				await machine.ok('goop2', 'id', state('alice')), '/')).code === 0);
	});

	await step('what hangs is killed by the watchdog', async () => {
		machine.write('/etc/systemd/system/goop-discoveryd@.service.d/soon.conf',
			'[Service]\nWatchdogSec=1\n');
		await machine.ok('systemctl', 'daemon-reload');
		await machine.ok('systemctl', 'restart', 'goop-discoveryd@alice');
		const before = await mainPid(machine, 'goop-discoveryd@alice');
		await machine.ok('kill', '-STOP', before);
		await machine.until('another goop-discoveryd', async () =>
			await show(machine, 'goop-discoveryd@alice', 'ActiveState') ===
				'active' &&
			await mainPid(machine, 'goop-discoveryd@alice') !== before);
		assert.match(await journal(machine, 'alice'), /Watchdog timeout/);
	});

	await step('goop2 is kept out while units run', async () => {
		for (const command of ['peer', 'rendezvous']) {
			const refused = await machine.run('goop2', command, state('alice'));
			assert.equal(refused.code, 8);
			assert.match(refused.stderr, /without goop2: stop them first with /);
		}
		const stop = await machine.run('goop2', 'stop', state('alice'));
		assert.equal(stop.code, 3);
		assert.match(stop.stderr, /use systemctl/);
	});

	await step('a peer that hosts runs the server too', async () => {
		await machine.ok('systemctl', 'stop', 'goop2-rendezvous@hub.target');
		await machine.ok('sh', '-c', `cd ${state('alice')} && sed -i ` +
			`'s/"presence": {/&"rendezvous_host": true,/' goop.json`);
		await machine.ok('systemctl', 'restart', 'goop2-peer@alice.target');
		assert.deepEqual(Object.keys(await status(machine, 'alice')), HOSTING);
	});

	await step('stops in good order, soon', async () => {
		// systemctl waits for the target alone: its services follow.
		await machine.ok('systemctl', 'stop', 'goop2-peer@alice.target');
		for (const name of HOSTING) {
			await machine.until(`${name} to stop`, async () => {
				const state = await show(machine, `${name}@alice`, 'ActiveState');
				if (state !== 'inactive')
					throw new Error(`${state}: ${await journal(machine, 'alice')}`);
				return true;
			});
			assert.equal(await show(machine, `${name}@alice`, 'Result'),
				'success', name);
			assert.equal(await show(machine, `${name}@alice`, 'ExecMainStatus'),
				'0', name);
		}
		assert.doesNotMatch(await journal(machine, 'alice'),
			/stop-sigterm|took too long|SIGKILL.*(stop|timeout)/i);
		assert.equal((await machine.run('goop2', 'status', state('alice'))).code,
			3);
	});

	await step('units are kept out while goop2 runs', async () => {
		await machine.ok('systemd-run', '-q', '-u', 'by-hand', '--uid=goop2',
			'-p', 'Type=notify', '-p', 'StateDirectory=goop2/alice',
			'goop2', 'peer', state('alice'));
		const refused = await machine.run('systemctl', 'start', 'goopd@alice');
		assert.equal(refused.code, 1);
		assert.match(await journal(machine, 'alice'),
			/goop2 is running on \S+: goop2 stop \S+ stops it/);
		await machine.ok('systemctl', 'stop', 'goopd@alice');
		// Root finds it where user goop2 has it.
		assert.deepEqual(Object.keys(await status(machine, 'alice')), HOSTING);
		await machine.ok('goop2', 'stop', state('alice'));
	});

	await step('a wrong configuration is told once', async () => {
		machine.write(`${state('alice')}/goop.json`,
			'{"p2p": {"listen_port": "x"}}');
		await machine.run('systemctl', 'start', 'goop2-peer@alice.target');
		await machine.until('it failed', async () =>
			await show(machine, 'goopd@alice', 'ActiveState') === 'failed');
		assert.equal(await show(machine, 'goopd@alice', 'ExecMainStatus'), '78');
		assert.equal(await show(machine, 'goopd@alice', 'NRestarts'), '0');
		assert.match(await journal(machine, 'alice'),
			/goop\.json:1: p2p\.listen_port: must be a whole number/);
	});
});

test('a unit of a session', { skip: machineMissing }, async (t) => {
	const machine = await booted(t);
	if (!machine)
		return;
	machine.write('/etc/sysusers.d/bob.conf', 'u bob 1000 - /home/bob\n');
	await machine.ok('systemd-sysusers');
	await machine.ok('install', '-d', '-o', 'bob', '/home/bob');
	// A session without PAM: a manager of bob's own.
	await machine.ok('systemd-run', '-q', '-u', 'session', '--uid=bob', '-p',
		'Delegate=yes', '-p', 'Type=notify', '-p', 'RuntimeDirectory=user/1000',
		'-E', 'XDG_RUNTIME_DIR=/run/user/1000', '-E', 'HOME=/home/bob',
		'/usr/lib/systemd/systemd', '--user');
	const asBob = (...command) => machine.ok('setpriv', '--reuid=bob',
		'--regid=bob', '--clear-groups', 'env', 'HOME=/home/bob',
		'XDG_RUNTIME_DIR=/run/user/1000', ...command);

	await asBob('systemctl', '--user', 'start', 'goop2-peer@bob.service');
	const url = await asBob('systemctl', '--user', 'show', '-P', 'StatusText',
		'goop2-peer@bob.service');
	assert.equal(url, 'http://127.0.0.1:8080/');
	assert.match(await asBob('curl', '-sL', url), /<html/);
	assert.match(await asBob('goop2', 'status', '/home/bob/goop2/bob'),
		/^goopd +ready /m);
	const id = await asBob('goop2', 'id', '/home/bob/goop2/bob');
	assert.match(await asBob('goop2', 'fetch', '/home/bob/goop2/bob', id, '/'),
		/<html/);
	assert.match(await machine.ok('goop2', 'status', '/home/bob/goop2/bob'),
		/^goopd +ready /m, 'root sees it too');
	await asBob('systemctl', '--user', 'start', 'goop2-rendezvous@hub.service');
	assert.equal(await asBob('curl', '-s', 'http://127.0.0.1:8787/healthz'),
		'ok');
	await asBob('systemctl', '--user', 'stop', 'goop2-peer@bob.service');
	assert.equal(await asBob('systemctl', '--user', 'show', '-P', 'Result',
		'goop2-peer@bob.service'), 'success');
});
