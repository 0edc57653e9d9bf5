// A small machine with systemd for tests: this system's /usr, a directory over
// its /usr/local, and /etc, /var and network (loopback) of its own. Nothing of
// it outlives the test. Needs root and systemd-nspawn.
//
//	const machine = await Machine.boot(t, usrLocal);
//	await machine.run('systemctl', 'start', 'x')  // { code, stdout, stderr }
//	await machine.ok('systemctl', 'start', 'x')   // its output, or throws
//	machine.write('/etc/x', 'text')               // a file in it
//	await machine.until('...', async () => ...)   // as Peer.until
import { spawn } from 'node:child_process';
import { accessSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync,
	readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { run, temporaryDirectory, PATIENCE_MS } from './peer.mjs';
import { cleanup } from './cleanup.mjs';

const NSPAWN = '/usr/bin/systemd-nspawn';

// Why there can be no machine here; undefined if it may work.
export const machineMissing = (() => {
	if (process.getuid() !== 0)
		return 'systemd-nspawn needs root';
	try {
		accessSync(NSPAWN);
		accessSync('/usr/lib/systemd/systemd');
	} catch {
		return 'systemd or systemd-nspawn is not installed';
	}
})();

function makeRoot(root) {
	chmodSync(root, 0o755); // it is everybody's
	for (const name of ['usr', 'etc', 'var', 'run', 'tmp', 'root', 'home'])
		mkdirSync(join(root, name));
	for (const name of ['bin', 'sbin', 'lib', 'lib64'])
		symlinkSync(`usr/${name}`, join(root, name));
	copyFileSync('/usr/lib/os-release', join(root, 'etc/os-release'));
	// Not its first start: nothing that is installed here is enabled there.
	writeFileSync(join(root, 'etc/machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
}

function removeGroup(group) {
	try {
		for (const entry of readdirSync(group, { withFileTypes: true }))
			if (entry.isDirectory())
				removeGroup(join(group, entry.name));
		rmdirSync(group);
	} catch { /* there is none, or somebody else lives in it */ }
}

// nspawn leaves its control groups behind, and who lived in them dies soon.
async function removeGroups() {
	const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified',
		'/sys/fs/cgroup/systemd'].flatMap((tree) =>
		[join(tree, 'payload'), join(tree, 'supervisor')]);
	for (let i = 0; i < 20 && groups.some((group) => existsSync(group)); i++) {
		groups.forEach(removeGroup);
		await delay(50);
	}
}

export class Machine {
	said = '';

	constructor(t, root) {
		Object.assign(this, { t, root });
	}

	// Start it; usrLocal is what it has as /usr/local. Throws what was said
	// if this system does not let it start.
	static async boot(t, usrLocal) {
		const machine = new Machine(t, temporaryDirectory(t));
		makeRoot(machine.root);
		// Told to stop when this program ends, it stops the machine.
		machine.child = spawn('setpriv', ['--pdeathsig', 'TERM', NSPAWN,
			'-q', '-D', machine.root, '--boot',
			'--register=no', '--keep-unit', '--private-network',
			'--link-journal=no', '--console=pipe', '--bind-ro=/usr',
			`--bind-ro=${usrLocal}:/usr/local`,
			// Debian 12's nspawn does not know these and forbids them.
			'--system-call-filter=landlock_create_ruleset ' +
			'landlock_add_rule landlock_restrict_self'],
			{ cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
		for (const stream of [machine.child.stdout, machine.child.stderr])
			stream.on('data', (data) => machine.said += data);
		machine.ended = once(machine.child, 'exit');
		cleanup(t, () => machine.stop());
		await machine.until('the machine to be up', async () =>
			(await machine.run('systemctl', 'is-active', 'basic.target'))
				.code === 0);
		return machine;
	}

	// Its first process, as it is called outside.
	get leader() {
		const { pid } = this.child;
		const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
			.split(' ').filter(Boolean);
		if (pids.length !== 1)
			throw new Error(`it has not begun: ${this.said}`);
		return pids[0];
	}

	run(...command) {
		return run(['nsenter', '-a', '-t', this.leader, '--', ...command]);
	}

	async ok(...command) {
		const done = await this.run(...command);
		if (done.code !== 0)
			throw new Error(`${command.join(' ')}: ${done.stderr}`);
		return done.stdout.trim();
	}

	write(path, text) {
		mkdirSync(dirname(join(this.root, path)), { recursive: true });
		writeFileSync(join(this.root, path), text);
	}

	async until(what, ask) {
		const end = Date.now() + PATIENCE_MS * 2;
		for (let last; ;) {
			if (this.child.exitCode !== null)
				throw new Error(`no machine: ${this.said.trim()}`);
			try {
				const answer = await ask();
				if (answer)
					return answer;
			} catch (error) {
				last = error;
			}
			if (Date.now() > end)
				throw new Error(`not seen: ${what}: ${last?.message ?? ''}`);
			await delay(100);
		}
	}

	async stop() {
		// Its first process takes all others along; nspawn would not.
		try {
			process.kill(Number(this.leader), 'SIGKILL');
		} catch { /* it has not begun, or is gone */ }
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
		if (this.child.exitCode === null && this.child.signalCode === null)
			await this.ended;
		clearTimeout(timer);
		await removeGroups();
	}
}
