// A router's port mapping daemon: the real miniupnpd, on a Host of netns.mjs that
// is a router with eth0 outside and eth1 inside, and the nftables table "home" of
// internet.mjs.
//
//	const mapper = new Miniupnpd(t, router, { upnp: false })
//	    upnp, pcp: which protocols it speaks (pcp: NAT-PMP and PCP);
//	    ipv6: its home has IPv6, without translation, and a firewall there;
//	    allow: false refuses all mappings (with pcp: true it looks for a port
//	    that is allowed, without end)
//	mapper.ports()       [{ outside: 4001, inside: '10.77.0.2:4001' }]
//	mapper.holes()       how many rules let somebody in, of IPv6 too
//	await mapper.stop()  forgets all mappings, as a router that is switched off
//	mapper.start()
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanup } from './cleanup.mjs';
import { temporaryDirectory } from './peer.mjs';

const CHAINS = `
	table inet home {
		chain asked { }
		chain asked_in {
			type nat hook prerouting priority -100;
		}
		chain asked_out {
			type nat hook postrouting priority 99;
		}
	}
	insert rule inet home passing jump asked`;

const configuration = ({ ipv6, upnp, pcp, allow }) => `
ext_ifname=eth0
listening_ip=eth1
port=0
enable_natpmp=${pcp ? 'yes' : 'no'}
enable_upnp=${upnp ? 'yes' : 'no'}
secure_mode=yes
system_uptime=no
min_lifetime=120
max_lifetime=86400
upnp_table_name=home
upnp_nat_table_name=home
upnp_forward_chain=asked
upnp_nat_chain=asked_in
upnp_nat_postrouting_chain=asked_out
uuid=00000000-0000-4000-8000-000000000001
ipv6_disable=${ipv6 ? 'no' : 'yes'}
${ipv6 ? 'ext_ifname6=eth0' : ''}
${allow ? `allow 1024-65535 10.0.0.0/8 1024-65535` : ''}
deny 0-65535 0.0.0.0/0 0-65535
`;

export class Miniupnpd {
	constructor(t, router, { ipv6 = false, upnp = true, pcp = true,
		allow = true }) {
		this.router = router;
		const directory = temporaryDirectory(t);
		this.file = join(directory, 'miniupnpd.conf');
		this.pidFile = join(directory, 'pid');
		writeFileSync(this.file, configuration(
			{ ipv6, upnp, pcp, allow }));
		router.run('nft', CHAINS);
		cleanup(t, () => this.stop());
		this.start();
	}

	start() {
		const [program, ...args] = this.router.command('miniupnpd', '-d', '-f',
			this.file, '-P', this.pidFile);
		this.child = spawn(program, args, { stdio: 'ignore' });
		this.ended = once(this.child, 'close');
	}

	async stop() {
		this.child.kill('SIGTERM');
		await this.ended;
		this.router.run('sh', '-c', 'for c in asked asked_in asked_out; do ' +
			'nft flush chain inet home $c; done');
	}

	// How many rules of its firewall let somebody in.
	holes() {
		const rules = this.router.run('nft', 'list', 'chain', 'inet', 'home',
			'asked');
		return rules.split('\n').filter((rule) => /accept/.test(rule)).length;
	}

	ports() {
		const rules = this.router.run('nft', 'list', 'chain', 'inet', 'home',
			'asked_in');
		return [...rules.matchAll(/dport (\d+).* dnat (?:ip )?to (\S+)/g)]
			.map(([, outside, inside]) => ({ outside: Number(outside), inside }));
	}
}
