// Two homes, and the hole between them: relayed first, then direct where the
// routers allow it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 1, timeout: 200000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };

async function scene(t, places) {
	const internet = Internet.create(t, { public: true });
	const server = await Rendezvous.start(t, { host: internet.lan().host(),
		config: { presence: { relay_port: 4001 } } });
	const hosts = places(internet);
	const peers = await Promise.all(hosts.map((host, i) => Peer.init(t, {
		label: 'AB'[i], host, config: { p2p: { mdns_tag: `tag-${i}` },
			presence: { ...quick, rendezvous_wan: server.url } },
		files: { 'hello.txt': `hello from ${'AB'[i]}\n` } })));
	await Promise.all(peers.map((peer) => peer.start()));
	const [left, right] = peers;
	for (const peer of peers) // places at the relay, and who sees which port
		await peer.until('its place at the relay', async () =>
			/relay/.test(JSON.stringify((await peer.status()).daemons)));
	await Promise.all([left.sees(right), right.sees(left)]);
	return peers;
}

const wayTo = async (peer, other) =>
	(await peer.peers()).find((row) => row.peer_id === other.id)?.way;

async function visit(left, right) {
	const got = await left.goop2('fetch', right.id, '/hello.txt');
	assert.equal(got.stdout, 'hello from B\n', got.stderr);
}

async function becomes(left, right, ways) {
	await visit(left, right);
	await left.until(`${ways}`, async () => ways.includes(await wayTo(left, right)));
	await right.until(`${ways}`, async () => ways.includes(await wayTo(right, left)));
	await visit(left, right);
}

const home = (kind) => (internet) => internet.home({ kind }).host();
const open = (internet) => internet.lan().host();
const pair = (a, b) => (internet) => [a(internet), b(internet)];

describe('a hole in the routers', scenes, () => {
	const direct = {
		'cone and cone': [home('cone'), home('cone'), ['punched']],
		'cone and one that refuses': [home('cone'), home('reject'), ['punched']],
		// whichever is first: a plain dial, there or back, or the hole
		'cone and the open internet': [home('cone'), open, ['direct', 'punched']],
		'the open internet and cone': [open, home('cone'), ['direct', 'punched']],
		'the open internet and symmetric': [open, home('symmetric'),
			['direct', 'punched']],
		'a full cone and symmetric': [home('fullcone'), home('symmetric'),
			['direct', 'punched']],
	};
	for (const [name, [a, b, ways]] of Object.entries(direct))
		it(`makes visits direct: ${name}`, async (t) => {
			const [left, right] = await scene(t, pair(a, b));
			await becomes(left, right, ways);
		});

	it('is none where both pick a port for each: relayed', async (t) => {
		const [left, right] = await scene(t,
			pair(home('symmetric'), home('symmetric')));
		await visit(left, right);
		await right.until('all tries', async () => {
			const { counters } = (await right.daemon('goopd'));
			return counters.holepunch_in_vain > 0;
		});
		assert.equal(await wayTo(left, right), 'relayed');
		await visit(left, right);
	});

	it('is not needed between neighbours behind one router', async (t) => {
		const [left, right] = await scene(t, (internet) => {
			const one = internet.home();
			return [one.host(), one.host()];
		});
		await becomes(left, right, ['lan']);
	});
});
