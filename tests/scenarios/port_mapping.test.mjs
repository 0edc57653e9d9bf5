// Routers that map ports: a peer behind one is visited directly, and says why if
// it cannot be.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOSTILE_ROUTER } from './lib/hostile_router.mjs';
import { Internet } from './lib/internet.mjs';
import { NAT_PMP_ROUTER } from './lib/nat_pmp_router.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer, run } from './lib/peer.mjs';
import { Program } from './lib/program.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';
import { TRAP } from './lib/trap.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 200000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };

const make = (t, host, { label = 'Mapped', config } = {}) => Peer.init(t, { label,
	host, config, files: { 'hello.txt': `hello from ${label}\n` } });

// A started peer behind a router that maps ports like this, if at all.
async function atHome(t, mapper, { isPublic = true, config } = {}) {
	const home = Internet.create(t, { public: isPublic }).home({ mapper });
	const peer = await make(t, home.host(), { config });
	await peer.start();
	return { home, peer };
}

const mapped = (protocol, home) => new RegExp(`port mapped protocol=${protocol} ` +
	`outside=/ip4/${home.router.ipv4}/tcp/(\\d+) inside=10\\.\\d+\\.0\\.2 gateway=`);

const portOf = async (peer) =>
	Number(/listening on TCP (\d+)/.exec((await peer.daemon('goopd')).status)[1]);

async function isMapped(peer, home, protocol) {
	await peer.line(mapped(protocol, home));
	const port = await portOf(peer);
	assert.deepEqual(home.mapper.ports(),
		[{ outside: port, inside: `${peer.host.ipv4}:${port}` }]);
	assert.match((await peer.daemon('goopd')).status,
		new RegExp(`mapped by ${protocol} as /ip4/${home.router.ipv4}/tcp/${port}`));
}

describe('a router that maps ports', scenes, () => {
	for (const [name, protocol, mapper] of [
		['all protocols', 'pcp', {}],
		['UPnP alone', 'upnp', { pcp: false }],
		['NAT-PMP and PCP', 'pcp', { upnp: false }],
	])
		it(`with ${name}: maps, and forgets at the stop`, async (t) => {
			const { home, peer } = await atHome(t, mapper);
			await isMapped(peer, home, protocol);
			assert.equal((await peer.stop()).code, 0);
			assert.deepEqual(home.mapper.ports(), []);
		});

	it('with NAT-PMP alone: maps, and forgets at the stop', async (t) => {
		const home = Internet.create(t, { public: true }).home();
		const outside = home.router.ipv4;
		const router = new Program(t, home.router, NAT_PMP_ROUTER, { outside });
		await router.event((e) => e.event === 'ready');
		const peer = await make(t, home.host());
		await peer.start();
		await peer.line(mapped('nat-pmp', home));
		const { inside } = await router.event((e) => e.event === 'mapped');
		assert.equal(inside, await portOf(peer));
		await peer.stop();
		await router.event((e) => e.event === 'deleted' && e.inside === inside);
	});

	it('maps for the new address of a host that moved', async (t) => {
		const { home, peer } = await atHome(t, {});
		await isMapped(peer, home, 'pcp');
		const port = await portOf(peer);
		const [net] = /^10\.\d+\.0/.exec(peer.host.ipv4);
		peer.host.address(`${net}.77`);
		peer.host.run('ip', 'route', 'replace', 'default', 'via', `${net}.1`);
		await peer.until('mapped anew', () => home.mapper.ports().some((row) =>
			row.inside === `${net}.77:${port}`));
	});

	for (const [protocol, mapper] of [['pcp', {}], ['upnp', { pcp: false }]])
		it(`makes a pinhole in its IPv6 firewall, by ${protocol}`, async (t) => {
			const internet = Internet.create(t, { public: true });
			const home = internet.home({ mapper: { ...mapper, ipv6: true } });
			const peer = await make(t, home.host());
			const stranger = internet.lan().host();
			if (protocol === 'upnp') // miniupnpd has no switch for it
				home.router.run('nft', `table ip6 deaf {
					chain coming {
						type filter hook input priority 0;
						udp dport 5351 drop
					}
				}`);
			await peer.start();
			const port = await portOf(peer);
			await peer.line(new RegExp(`port mapped protocol=${protocol} ` +
				`outside=/ip6/${peer.host.ipv6}/tcp/${port} `));
			const knock = () => run(['timeout', '2', 'bash', '-c',
				`exec 3<>/dev/tcp/${peer.host.ipv6}/${port}`], { host: stranger });
			assert.equal((await knock()).code, 0);
			assert.equal(home.mapper.holes(), 2); // of IPv4 and IPv6
			await peer.stop();
			assert.equal(home.mapper.holes(), 0);
		});

	it('forgets the port of a peer that is killed', async (t) => {
		const { home, peer } = await atHome(t, {});
		await isMapped(peer, home, 'pcp');
		const { pid } = await peer.daemon('goopd');
		peer.kill('SIGKILL');
		process.kill(pid, 'SIGKILL');
		await peer.until('no mapping', () => home.mapper.ports().length === 0);
	});

	it('maps again after it was switched off', async (t) => {
		const { home, peer } = await atHome(t, {});
		await isMapped(peer, home, 'pcp');
		const before = home.mapper.ports();
		await home.mapper.stop();
		assert.deepEqual(home.mapper.ports(), []);
		home.mapper.start();
		await peer.until('mapped again', () => home.mapper.ports().length === 1);
		assert.deepEqual(home.mapper.ports(), before);
	});

	it('lets others visit directly', async (t) => {
		const internet = Internet.create(t, { public: true });
		const server = await Rendezvous.start(t,
			{ host: internet.lan().host(), config: { presence: { relay_port: 0 } } });
		const config = { presence: { ...quick, rendezvous_wan: server.url } };
		const home = internet.home({ mapper: {} });
		const visited = await make(t, home.host(), { config });
		const visitor = await make(t, internet.home().host(),
			{ label: 'Visitor', config });
		await Promise.all([visited.start(), visitor.start()]);
		await visitor.sees(visited);
		const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
		assert.equal(got.stdout, 'hello from Mapped\n', got.stderr);
		const way = (await visitor.peers()).find((row) =>
			row.peer_id === visited.id).way;
		assert.equal(way, 'direct');
	});
});

describe('a router that does not', scenes, () => {
	it('because it is behind another one: that is said', async (t) => {
		const { peer } = await atHome(t, {}, { isPublic: false });
		await peer.line(/no port mapped protocol=.*double NAT/);
		assert.doesNotMatch((await peer.daemon('goopd')).status, /mapped/);
	});

	it('because its owner forbids it: that is said', async (t) => {
		const { home, peer } = await atHome(t,
			{ pcp: false, allow: false });
		await peer.line(/no port mapped protocol=.*refuses it/);
		assert.deepEqual(home.mapper.ports(), []);
	});

	it('because it cannot: that is said', async (t) => {
		const { peer } = await atHome(t);
		await peer.line(/no port mapped .*answers neither PCP, NAT-PMP nor UPnP/);
	});

	it('because we do not ask', async (t) => {
		const { home, peer } = await atHome(t, {},
			{ config: { p2p: { port_mapping: 'off' } } });
		assert.deepEqual(home.mapper.ports(), []);
		assert.ok(!peer.lines.some((line) => /port mapped/.test(line)));
	});
});

describe('a router with bad intentions', scenes, () => {
	// A server on the peer's own loopback, which nobody should talk to.
	const onLoopback = async (t, host) => {
		const trap = new Program(t, host, TRAP, {});
		return { trap, ...await trap.event((e) => e.event === 'listening') };
	};

	for (const [manner, said] of [
		['bomb', /no port mapped protocol=upnp .*makes no sense/],
		['deep', /no port mapped protocol=upnp .*makes no sense/],
		['endless', /no port mapped .*makes no sense/],
		['slow', /no port mapped .*makes no sense/],
		['redirect', /no port mapped protocol=upnp .*makes no sense/],
		['elsewhere', /no port mapped protocol=upnp /],
	])
		it(`${manner}: is not followed, and harms nobody`, async (t) => {
			const home = Internet.create(t, { public: true }).home();
			const host = home.host();
			const { trap, port } = await onLoopback(t, host);
			const router = new Program(t, home.router, HOSTILE_ROUTER, { manner,
				own: `10.${home.number}.0.1`,
				target: `http://127.0.0.1:${port}/` });
			await router.event((e) => e.event === 'ready');
			const peer = await make(t, host);
			await peer.start();
			const before = (await peer.daemon('goopd')).pid;
			await router.event((e) => e.event === 'described');
			await peer.line(said);
			assert.equal(trap.count((e) => e.event === 'visited'), 0);
			const { pid, restarts } = await peer.daemon('goopd');
			assert.deepEqual([pid, restarts], [before, 0]);
			assert.equal((await peer.stop()).code, 0);
		});
});
