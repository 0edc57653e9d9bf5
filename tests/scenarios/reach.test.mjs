// Whether others can reach a peer is tried out by the relay of its server, and
// only what leads to the peer is announced.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startAsker } from './lib/asker.mjs';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 4, timeout: 200000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };
const PORT = 41001;
const RELAY = { presence: { relay_port: 4001 } };

const make = (t, label, host, server, p2p = {}) => Peer.init(t, { label, host,
	config: { p2p, presence: { ...quick, rendezvous_wan: server.url } },
	files: { 'hello.txt': 'hello\n' } });

async function scene(t) {
	const internet = Internet.create(t, { public: true });
	const server = await Rendezvous.start(t,
		{ host: internet.lan().host(), config: RELAY });
	const watcher = await make(t, 'Watcher', internet.lan().host(), server);
	await watcher.start();
	return { internet, server, watcher };
}

// What the server tells others of the peer.
const told = async (watcher, peer) => (await watcher.peers())
	.find((row) => row.peer_id === peer.id)?.addresses ?? [];

const isDirect = (host) => (address) => address.startsWith(
	address.includes('/ip6/') ? `/ip6/${host.ipv6}/` : `/ip4/${host.ipv4}/`) &&
	!address.includes('/p2p-circuit');
const isRelayed = (address) => address.includes('/p2p-circuit');

// As the firewall of a provider or a router before IPv6: only answers come in.
const shut = (host) => host.run('nft', `
	table inet firewall {
		chain coming {
			type filter hook input priority 0; policy drop;
			iifname "lo" accept
			ct state established,related accept
			icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
		}
	}`);

describe('own addresses', scenes, () => {
	it('that answer are announced', async (t) => {
		const { internet, server, watcher } = await scene(t);
		const host = internet.lan().host();
		const peer = await make(t, 'Open', host, server);
		await peer.start();
		await peer.line(/own address reachable address=\/ip4\/45\.77\./);
		await peer.until('its status', async () => /reachable from outside/
			.test((await peer.daemon('goopd')).status));
		await peer.until('both announced', async () => {
			const addresses = await told(watcher, peer);
			return addresses.some(isDirect(host)) &&
				addresses.some(isRelayed);
		});
	});

	it('that a router hands on are found out', async (t) => {
		const { internet, server, watcher } = await scene(t);
		const home = internet.home();
		const host = home.host();
		home.forward(host, PORT);
		const peer = await make(t, 'Forwarded', host, server,
			{ listen_port: PORT });
		await peer.start();
		const outside = `/ip4/${home.router.ipv4}/tcp/${PORT}`;
		await peer.line(new RegExp(`own address reachable address=${outside}`));
		await peer.until('it announced', async () =>
			(await told(watcher, peer)).includes(outside));
	});

	it('that a router opened for the relay are found out', async (t) => {
		const { internet, server, watcher } = await scene(t);
		const home = internet.home({ kind: 'fullcone' });
		const peer = await make(t, 'Full cone', home.host(), server,
			{ listen_port: PORT });
		await peer.start();
		const outside = `/ip4/${home.router.ipv4}/tcp/${PORT}`;
		await peer.line(new RegExp(`own address reachable address=${outside}`));
		await peer.until('it announced', async () =>
			(await told(watcher, peer)).includes(outside));
		const got = await watcher.goop2('fetch', peer.id, '/hello.txt');
		assert.equal(got.stdout, 'hello\n', got.stderr);
	});

	it('that a router does not hand on are never told', async (t) => {
		const { internet, server, watcher } = await scene(t);
		const home = internet.home();
		const peer = await make(t, 'Home', home.host(), server);
		await peer.start();
		await peer.line(/own address unreachable address=\/ip4\/45\.77\./,
			150000);
		const addresses = await told(watcher, peer);
		assert.ok(addresses.some(isRelayed), addresses.join(' '));
		assert.ok(!addresses.some((address) => address.startsWith(
			`/ip4/${home.router.ipv4}/`) && !isRelayed(address)));
	});

	it('behind a firewall are announced no more', async (t) => {
		const { internet, server, watcher } = await scene(t);
		const host = internet.lan().host({ ipv6: false });
		shut(host);
		const peer = await make(t, 'Shut', host, server);
		await peer.start();
		await peer.line(/own address unreachable address=\/ip4\/45\.77\./,
			150000);
		await peer.until('the place at the relay alone', async () => {
			const addresses = await told(watcher, peer);
			return addresses.some(isRelayed) &&
				!addresses.some(isDirect(host));
		});
		assert.doesNotMatch((await peer.daemon('goopd')).status,
			/reachable from outside/);
	});
});

const DIAL = '/libp2p/autonat/2/dial-request';

// A request to dial that address (AutoNAT v2), with a nonce of eight bytes.
const dialRequest = (ipv4, port) => Buffer.from([0x15, 0x0a, 0x13, 0x0a, 8,
	4, ...ipv4.split('.').map(Number), 6, port >> 8, port & 0xff,
	0x11, 1, 2, 3, 4, 5, 6, 7, 8]).toString('latin1');

describe('strangers', scenes, () => {
	it('get nobody else dialled', async (t) => {
		const internet = Internet.create(t, { public: true });
		const host = internet.lan().host();
		const server = await Rendezvous.start(t, { host, config: RELAY });
		await server.line(/relay listening port=4001/);
		const victim = internet.lan().host();
		victim.run('nft', `
			table inet watch {
				chain coming {
					type filter hook input priority 0;
					tcp dport ${PORT} counter
				}
			}`);
		const stranger = startAsker(t, internet.lan().host(), host.ipv4, 4001);
		await stranger.ready;
		// It costs more bytes than the dial would cause: data is asked for.
		const [asked, inside] = await Promise.all([
			stranger.ask(dialRequest(victim.ipv4, PORT), DIAL),
			stranger.ask(dialRequest('192.168.1.1', PORT), DIAL)]);
		assert.equal(asked.text.charCodeAt(1), 0x1a, 'a DialDataRequest');
		assert.ok(asked.reset, 'and without it nothing more');
		// DialResponse: status 101, nothing that it would dial.
		assert.ok(inside.text.startsWith('\x08\x12\x06\x08\x65'),
			JSON.stringify(inside.text));
		assert.match(victim.run('nft', 'list', 'ruleset'), /packets 0 /);
	});
});
