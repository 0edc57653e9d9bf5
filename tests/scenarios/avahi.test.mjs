// Port 5353 is shared: peers find each other on hosts where Avahi runs too,
// whichever of the two was first, and Avahi goes on answering.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanup } from './lib/cleanup.mjs';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer, temporaryDirectory } from './lib/peer.mjs';

const AVAHI = '/usr/sbin/avahi-daemon';
const missing = netnsMissing ??
	(spawnSync(AVAHI, ['--version']).status === 0 ? undefined :
		'avahi-daemon is not installed');

// Avahi inside a host, in a mount namespace with a /run of its own.
function startAvahi(t, host, name) {
	const config = join(temporaryDirectory(t), 'avahi.conf');
	writeFileSync(config, '[server]\nuse-ipv6=yes\n' +
		`host-name=${name}\nenable-dbus=no\nallow-interfaces=eth0\n` +
		'[rlimits]\n');
	const [program, ...args] = host.command('unshare', '--mount', 'sh', '-c',
		'mount -t tmpfs tmpfs /run && exec "$@"', 'sh', AVAHI, '--no-chroot',
		'--no-drop-root', '--no-proc-title', '--debug', '-f', config);
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	cleanup(t, () => child.kill('SIGKILL'));
	return new Promise((done, fail) => {
		let said = '';
		const hear = (data) => {
			said += data;
			if (said.includes('Server startup complete'))
				done(child);
		};
		child.stdout.on('data', hear);
		child.stderr.on('data', hear);
		child.once('exit', () => fail(new Error(`avahi ended:\n${said}`)));
	});
}

test('beside Avahi, started before or after us', { skip: missing ?? false },
	async (t) => {
		const lan = Network.create(t);
		const [left, right] = [lan.host(), lan.host()];
		const avahi = await startAvahi(t, left, 'left');
		const peers = [];
		for (const host of [left, right]) {
			const peer = await Peer.init(t, { host,
				config: { presence: { ttl_seconds: 4, heartbeat_seconds: 1 } } });
			peers.push(await peer.start());
		}
		const late = await startAvahi(t, right, 'right');
		const [a, b] = peers;
		await Promise.all([a.sees(b), b.sees(a)]);
		await b.stop();
		await a.sees(b, { offline: true });
		await b.start();
		await Promise.all([a.sees(b), b.sees(a)]);
		assert.equal(avahi.exitCode, null);
		assert.equal(late.exitCode, null);
	});
