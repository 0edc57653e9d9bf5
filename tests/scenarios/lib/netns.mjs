// Hosts and networks for tests: each host is a network namespace, each network
// a bridge in a namespace of its own, so that nothing reaches the machine's
// real network. Names are unique; everything is removed when the test (or the
// process) ends. Needs root: check `netnsMissing` and skip with it as reason.
//
//	const lan = Network.create(t);               // t: the test context
//	const a = lan.host(), b = lan.host({ ipv4: false });
//	a.ipv4                     '10.77.0.1'       (undefined without IPv4)
//	a.ipv6                     'fd77::1'
//	a.command('goop2', 'id')   ['nsenter', ...]  to spawn inside the host
//	a.run('ip', 'addr')        runs inside it, returns its output, throws
//	a.link(false)              takes its interface down; a.link(true) up
//	a.address('10.77.0.99')    changes its IPv4 address
//	other.attach(a)            a second interface, on another network
//	Host.alone(t)              a host with nothing but loopback
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cleanup } from './cleanup.mjs';

let counter = 0;
const unique = () => `gp${process.pid.toString(36)}x${(counter++).toString(36)}`;
const living = new Set();

function ip(...args) {
	const done = spawnSync('ip', args, { encoding: 'utf8' });
	if (done.status !== 0)
		throw new Error(`ip ${args.join(' ')}: ${done.stderr ?? done.error}`);
	return done.stdout;
}

// Why namespaces cannot be used here; undefined if they can.
export const netnsMissing = (() => {
	if (process.getuid() !== 0)
		return 'network namespaces need root';
	const name = unique();
	try {
		ip('netns', 'add', name);
		ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge');
		return undefined;
	} catch (error) {
		return `no network namespaces here: ${error.message}`;
	} finally {
		spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
	}
})();

class Namespace {
	constructor(t) {
		this.name = unique();
		ip('netns', 'add', this.name);
		living.add(this);
		if (t)
			cleanup(t, () => this.remove());
		// Addresses are usable at once, without duplicate detection.
		this.run('sh', '-c', 'for f in all default; do ' +
			'echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done');
		ip('-n', this.name, 'link', 'set', 'lo', 'up');
	}

	command(program, ...args) {
		return ['nsenter', `--net=/run/netns/${this.name}`, '--', program,
			...args];
	}

	run(program, ...args) {
		const [command, ...rest] = this.command(program, ...args);
		const done = spawnSync(command, rest, { encoding: 'utf8' });
		if (done.status !== 0)
			throw new Error(`${program} ${args.join(' ')} in ${this.name}: ` +
				`${done.stderr}`);
		return done.stdout;
	}

	remove() {
		if (!living.delete(this))
			return;
		const pids = spawnSync('ip', ['netns', 'pids', this.name],
			{ encoding: 'utf8' }).stdout ?? '';
		for (const pid of pids.split('\n').filter(Boolean)) {
			try {
				process.kill(Number(pid), 'SIGKILL');
			} catch { /* it is gone already */ }
		}
		spawnSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' });
	}
}

export class Host extends Namespace {
	interfaces = 0;

	static alone(t) {
		return new Host(t);
	}

	// The interface's name is eth0, eth1, ... in order of attaching.
	link(up, name = 'eth0') {
		ip('-n', this.name, 'link', 'set', name, up ? 'up' : 'down');
		// The kernel drops IPv6 addresses with the link.
		if (up && this.ipv6 && name === 'eth0')
			ip('-n', this.name, 'addr', 'replace', `${this.ipv6}/64`,
				'dev', name, 'nodad');
	}

	address(ipv4, name = 'eth0') {
		ip('-n', this.name, 'addr', 'del', `${this.ipv4}/24`, 'dev', name);
		ip('-n', this.name, 'addr', 'add', `${ipv4}/24`, 'dev', name);
		this.ipv4 = ipv4;
	}
}

let networks = 0;

export class Network extends Namespace {
	hosts = 0;

	static create(t) {
		return new Network(t);
	}

	constructor(t) {
		super(t);
		this.t = t;
		// Of two digits, for 10.N.0.0/24 and fdN::/64.
		this.number = 10 + (67 + networks++) % 90;
		this.net4 = `10.${this.number}.0`;
		this.net6 = `fd${this.number}:`;
		// Without a querier, snooping would lose multicast.
		ip('-n', this.name, 'link', 'add', 'br0', 'type', 'bridge',
			'mcast_snooping', '0', 'forward_delay', '0');
		ip('-n', this.name, 'link', 'set', 'br0', 'up');
	}

	// A new host on this network.
	host(options = {}) {
		return this.attach(new Host(this.t), options);
	}

	// Give a host an interface on this network.
	attach(host, { ipv4 = true, ipv6 = true } = {}) {
		const number = ++this.hosts;
		const name = `eth${host.interfaces++}`;
		ip('-n', this.name, 'link', 'add', `v${number}`, 'type', 'veth',
			'peer', 'name', name, 'netns', host.name);
		ip('-n', this.name, 'link', 'set', `v${number}`, 'master', 'br0', 'up');
		if (!ipv6)
			host.run('sh', '-c',
				`echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`);
		ip('-n', host.name, 'link', 'set', name, 'up');
		const own4 = ipv4 ? `${this.net4}.${number}` : undefined;
		const own6 = ipv6 ? `${this.net6}:${number.toString(16)}` : undefined;
		if (own4)
			ip('-n', host.name, 'addr', 'add', `${own4}/24`, 'dev', name);
		if (own6)
			ip('-n', host.name, 'addr', 'add', `${own6}/64`, 'dev', name,
				'nodad');
		host.ipv4 ??= own4;
		host.ipv6 ??= own6;
		return host;
	}
}

function removeAll() {
	for (const namespace of [...living])
		namespace.remove();
}
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => process.exit(1));

// Namespaces of a test run that was killed -9 (its pid is in their names).
export function removeStale() {
	let names = [];
	try {
		names = readdirSync('/run/netns');
	} catch { /* none was ever made */ }
	for (const name of names) {
		const pid = /^gp([0-9a-z]+)x[0-9a-z]+$/.exec(name)?.[1];
		if (!pid)
			continue;
		try {
			process.kill(parseInt(pid, 36), 0);
		} catch {
			spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
		}
	}
}
if (!netnsMissing)
	removeStale();
