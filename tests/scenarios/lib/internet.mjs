// Networks with a router between them: packets get across, multicast does not.
//
//	const internet = Internet.create(t);   { public: true }: its LANs, and the
//	    outer sides of homes, have addresses that count as public
//	const left = internet.lan(), right = internet.lan();
//	const behind = internet.lan({ to: [left] })  // gets nowhere else
//	const a = left.host(), b = right.host();     // Hosts of netns.mjs
//	const home = internet.home();                // a LAN behind a router that
//	    translates addresses; { kind: 'symmetric' } gives each connection
//	    another port, 'fullcone' lets anybody in to a port that was used, 'reject'
//	    refuses strangers instead of ignoring them;
//	    home.host() as above; home.router is the router;
//	    home.forward(host, port) lets strangers in to that port
//	internet.home({ mapper: {} })  // it maps ports: home.mapper is its
//	    Miniupnpd; options as in miniupnpd.mjs
//	internet.cut(host)           packets to it are lost; internet.mend(host)
//	giveNames(t, host, { hosts: { 'a.example': '10.77.0.1' } })   or a list
//	giveNames(t, host, { resolver: '10.77.0.1' })   // a name server
//	    what runs there then knows these names; the return value's
//	    set({ ... }) changes what stands in its hosts file
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Miniupnpd } from './miniupnpd.mjs';
import { Host, Network } from './netns.mjs';
import { temporaryDirectory } from './peer.mjs';

const FORWARD = ['/proc/sys/net/ipv4/ip_forward',
	'/proc/sys/net/ipv6/conf/all/forwarding'];

class Lan extends Network {
	constructor(t, router, to, isPublic) {
		super(t);
		this.to = to;
		if (isPublic) {
			this.net4 = `45.77.${this.number}`;
			this.net6 = `2a05:f480:0:${this.number}:`;
		}
		this.attach(router);
	}

	host(options) {
		const host = super.host(options);
		const add = (family, ...route) =>
			host.run('ip', family, 'route', 'add', ...route);
		for (const { net4, net6 } of this.to ?? [{}]) {
			if (host.ipv4)
				add('-4', net4 ? `${net4}.0/24` : 'default', 'via',
					`${this.net4}.1`);
			if (host.ipv6)
				add('-6', net6 ? `${net6}:/64` : 'default', 'via',
					`${this.net6}:1`);
		}
		return host;
	}
}

// Who is inside may ask anybody; only answers come in, or, with fullcone, anybody
// to a port that was used. The router keeps the port of a connection, or takes a
// random one for each (symmetric).
class Home extends Network {
	constructor(t, internet, { kind, mapper }) {
		super(t);
		this.hasIpv6 = mapper?.ipv6;
		if (this.hasIpv6)
			this.net6 = `2a05:f480:1:${this.number}:`;
		this.router = internet.lan().host();
		this.attach(this.router);
		for (const file of FORWARD)
			this.router.run('sh', '-c', `echo 1 > ${file}`);
		const random = kind === 'symmetric' ? ' fully-random' : '';
		const verdict = kind === 'reject' ? 'reject with tcp reset' : 'drop';
		const rules = `
			table inet home {
				chain knocking {
					type filter hook input priority 0;
					iifname "eth0" meta l4proto tcp ct state new ${verdict}
				}
				chain passing {
					type filter hook forward priority 0; policy drop;
					iifname "eth1" accept
					ct state established,related accept
				}
				chain leaving {
					type nat hook postrouting priority 100;
					meta nfproto ipv4 oifname "eth0" masquerade${random}
				}
			}`;
		this.router.run('nft', rules);
		if (this.hasIpv6)
			internet.router.run('ip', '-6', 'route', 'add', `${this.net6}:/64`,
				'via', this.router.ipv6);
		if (mapper)
			this.mapper = new Miniupnpd(t, this.router, mapper);
		if (kind === 'fullcone')
			this.router.run('nft', `
				add rule inet home passing ct status dnat accept
				table ip fullcone {
					map owner {
						type inet_service : ipv4_addr
						flags dynamic, timeout
						timeout 10m
						size 4096
					}
					chain coming {
						type nat hook prerouting priority -100;
						iifname "eth0" meta l4proto tcp dnat to tcp dport map @owner
					}
					chain noting {
						type filter hook forward priority -10;
						iifname "eth1" add @owner { tcp sport : ip saddr }
					}
				}`);
	}

	// A rule of the owner.
	forward(host, port) {
		this.router.run('nft', `
			add rule inet home passing ct status dnat accept
			table ip forwarded {
				chain coming {
					type nat hook prerouting priority -100;
					iifname "eth0" tcp dport ${port} dnat to ${host.ipv4}:${port}
				}
			}`);
	}

	host(options = {}) {
		const host = super.host({ ...options, ipv6: this.hasIpv6 });
		host.run('ip', '-4', 'route', 'add', 'default', 'via',
			`10.${this.number}.0.1`);
		if (this.hasIpv6)
			host.run('ip', '-6', 'route', 'add', 'default', 'via',
				`${this.net6}:1`);
		return host;
	}
}

export class Internet {
	static create(t, options) {
		return new Internet(t, options);
	}

	constructor(t, { public: isPublic = false } = {}) {
		this.t = t;
		this.isPublic = isPublic;
		this.router = new Host(t);
		for (const file of FORWARD)
			this.router.run('sh', '-c', `echo 1 > ${file}`);
	}

	lan({ to } = {}) {
		return new Lan(this.t, this.router, to, this.isPublic);
	}

	home({ kind = 'cone', mapper } = {}) {
		return new Home(this.t, this, { kind, mapper });
	}

	// No answer at all, as when a cable is pulled far away.
	cut(host) {
		for (const address of [host.ipv4, host.ipv6].filter(Boolean))
			this.router.run('ip', 'route', 'add', 'blackhole', address);
	}

	mend(host) {
		for (const address of [host.ipv4, host.ipv6].filter(Boolean))
			this.router.run('ip', 'route', 'del', 'blackhole', address);
	}
}

export function giveNames(t, host, { hosts = {}, resolver } = {}) {
	const directory = temporaryDirectory(t);
	const hostsFile = join(directory, 'hosts');
	const resolverFile = join(directory, 'resolv.conf');
	// In place: it is this inode that is mounted.
	const set = (names) => writeFileSync(hostsFile, ['127.0.0.1 localhost',
		'::1 localhost', ...Object.entries(names).flatMap(([name, addresses]) =>
			[addresses].flat().map((address) => `${address} ${name}`)),
		''].join('\n'));
	set(hosts);
	writeFileSync(resolverFile, resolver ? `nameserver ${resolver}\n` +
		'options timeout:1 attempts:1\n' : 'nameserver 127.0.0.1\n');
	const plain = host.command.bind(host);
	host.command = (program, ...args) => plain('unshare', '-m', 'sh', '-c',
		`mount --bind ${hostsFile} /etc/hosts && ` +
		`mount --bind ${resolverFile} /etc/resolv.conf && exec "$@"`, 'sh',
		program, ...args);
	return { set };
}
