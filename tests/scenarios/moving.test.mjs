// Networks change: a cable is pulled and put back, a machine moves to another
// one, a router or a relay restarts. Neighbours find each other again soon, and
// a large download goes on and ends whole.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Internet } from './lib/internet.mjs';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer, run, temporaryDirectory } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, timeout: 240000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };
const BIG = randomBytes(200e6), CHANGE_AFTER = 20e6;
// Slow enough for the network to change meanwhile.
const RATE = '40M', PATIENCE_MS = 120000;

const make = (t, host, presence = {}, files = {}) => Peer.init(t, { host,
	config: { presence: { ...quick, ...presence } }, files });

const wayTo = async (peer, other) =>
	(await peer.peers()).find((row) => row.peer_id === other.id)?.way;

const resumed = async (peer) =>
	(await peer.daemon('goopd')).counters.site_fetches_resumed;

// While visitor loads the large file the network changes.
async function downloads(t, visitor, visited, change) {
	const file = join(temporaryDirectory(t), 'big.bin');
	const url = new URL(`/p/${visited.id}/big.bin`, visitor.url).href;
	const loading = run(['curl', '-sS', '--limit-rate', RATE, '-o', file, url],
		{ host: visitor.host, timeout: PATIENCE_MS });
	await visitor.until('a part of it', () => statSync(file).size > CHANGE_AFTER);
	await change();
	const atChange = statSync(file).size;
	const { code, stderr } = await loading;
	assert.equal(code, 0, `${stderr}, ${statSync(file).size} bytes`);
	assert.ok(atChange < BIG.length, 'it was over before the change');
	assert.ok(readFileSync(file).equals(BIG), 'it is another file');
}

describe('on one network', scenes, () => {
	// How long after its cable is back a neighbour is connected again.
	const outages = {
		'its own machine notices': { out: (lan, host) => host.link(false),
			back: (lan, host) => host.link(true) },
		'nobody notices': {
			out: (lan) => lan.run('ip', 'link', 'set', 'v2', 'nomaster'),
			back: (lan) => lan.run('ip', 'link', 'set', 'v2', 'master', 'br0') },
	};
	for (const [name, { out, back }] of Object.entries(outages))
		it(`a neighbour whose cable was out is back soon: ${name}`, async (t) => {
			const lan = Network.create(t);
			const hosts = [lan.host(), lan.host()];
			const [a, b] = await Promise.all(hosts.map((host) => make(t, host)));
			await Promise.all([a.start(), b.start()]);
			await a.until('connected', () => wayTo(a, b));
			out(lan, hosts[1]);
			await a.until('gone', async () => !await wayTo(a, b), PATIENCE_MS);
			await b.until('gone', async () => !await wayTo(b, a), PATIENCE_MS);
			await delay(15000); // each attempt has failed for a while
			back(lan, hosts[1]);
			const begun = Date.now();
			await a.until('connected', () => wayTo(a, b), PATIENCE_MS);
			const took = Date.now() - begun;
			t.diagnostic(`connected again after ${took} ms`);
			assert.ok(took < 10000, `connected again after ${took} ms`);
		});

	it('a download survives the step from Wi-Fi to a cable', async (t) => {
		const lan = Network.create(t);
		const [left, right] = [lan.host(), lan.host()];
		lan.attach(left);
		const [a, b] = [await make(t, left), await make(t, right, {},
			{ 'big.bin': BIG })];
		await Promise.all([a.start(), b.start()]);
		await a.sees(b);
		await downloads(t, a, b, () => left.link(false));
	});

	it('a download survives a new address', async (t) => {
		const lan = Network.create(t);
		const [left, right] = [lan.host({ ipv6: false }),
			lan.host({ ipv6: false })];
		const [a, b] = [await make(t, left), await make(t, right, {},
			{ 'big.bin': BIG })];
		await Promise.all([a.start(), b.start()]);
		await a.sees(b);
		await downloads(t, a, b, () =>
			right.address(right.ipv4.replace(/\d+$/, '99')));
		assert.ok(await resumed(a) > 0, 'the connection was not cut');
	});
});

describe('behind routers', scenes, () => {
	async function scene(t, kinds) {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host(),
			config: { presence: { relay_port: 4001 } } });
		const homes = kinds.map((kind) => internet.home({ kind }));
		const peers = [];
		for (const [i, home] of homes.entries())
			peers.push(await make(t, home.host(),
				{ rendezvous_wan: server.url }, i > 0 ? { 'big.bin': BIG } : {}));
		await Promise.all(peers.map((peer) => peer.start()));
		await Promise.all([peers[0].sees(peers[1]), peers[1].sees(peers[0])]);
		return { server, homes, peers };
	}

	it('a download survives a restart of the relay', async (t) => {
		const { server, peers: [a, b] } = await scene(t,
			['symmetric', 'symmetric']);
		await downloads(t, a, b, async () => {
			assert.equal(await wayTo(a, b), 'relayed');
			process.kill((await server.daemon('goop-relayd')).pid, 'SIGKILL');
		});
		assert.ok(await resumed(a) > 0, 'the circuit was not cut');
	});

	it('a download survives a restart of the router', async (t) => {
		const { homes: [home], peers: [a, b] } = await scene(t,
			['cone', 'cone']);
		await downloads(t, a, b, async () => {
			const routes = home.router.run('ip', 'route', 'show', 'default');
			home.router.link(false); // it forgets its connections, too
			await delay(3000);
			home.router.link(true);
			home.router.run('ip', 'route', 'replace',
				...routes.trim().split(/\s+/));
		});
	});
});
