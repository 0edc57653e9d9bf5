// Two homes behind routers: peers that share a rendezvous server visit each
// other through the relay beside it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 200000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };
const RELAY = { presence: { relay_port: 4001 } };

const make = (t, label, host, server) => Peer.init(t, { label, host,
	config: { presence: { ...quick, rendezvous_wan: server.url } },
	files: { 'hello.txt': `hello from ${label}\n`, 'big.bin': BIG } });

// More than a circuit carries (128 MiB): cut on its way, and whole for the reader.
const BIG = Buffer.alloc(140 << 20, 'a page of a large book\n');

async function downloads(visitor, visited) {
	const got = await visitor.goop2('fetch', visited.id, '/big.bin');
	assert.equal(got.code, 0, got.stderr);
	assert.ok(got.bytes.equals(BIG), `${got.bytes.length} bytes`);
}

async function visits(visitor, visited, label) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.stdout, `hello from ${label}\n`, got.stderr);
}

const wayTo = async (peer, other) =>
	(await peer.peers()).find((row) => row.peer_id === other.id)?.way;

describe('homes behind routers', scenes, () => {
	it('visit each other through the relay', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host(),
			config: RELAY });
		const [a, b] = ['cone', 'symmetric'].map((kind) =>
			internet.home({ kind }).host());
		const peers = await Promise.all([['A', a], ['B', b]].map(
			([label, host]) => make(t, label, host, server)));
		await Promise.all(peers.map((peer) => peer.start()));
		const [left, right] = peers;
		await Promise.all([left.sees(right), right.sees(left)]);
		await Promise.all([visits(left, right, 'B'), visits(right, left, 'A')]);
		await left.until('relayed', async () =>
			await wayTo(left, right) === 'relayed');
		await downloads(left, right);
	});
});
