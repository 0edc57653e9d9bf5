// Our peers at the original's rendezvous server, both generations: the double in
// lib/ was written from the reference, with what the original gets wrong.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { OriginalClient } from './lib/original_client.mjs';
import { CAPS, FIRST_FIELDS, refusal } from './lib/original_message.mjs';
import { OriginalServer } from './lib/original_server.mjs';
import { Peer } from './lib/peer.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 300000 };
// At one a second the budget of the original's server, 60 a minute from one
// address, would just do for one peer.
const presence = { ttl_seconds: 6, heartbeat_seconds: 2 };

// Two peers of ours on networks of their own, and a server of the original.
async function scene(t, generation, { start = true } = {}) {
	const internet = Internet.create(t);
	const place = internet.lan().host();
	const server = new OriginalServer(t, place, { generation });
	await server.ready;
	const hosts = [internet.lan().host(), internet.lan().host()];
	const [a, b] = await Promise.all(hosts.map((host, i) => Peer.init(t, {
		label: `Peer ${i}`, host, files: { 'hello.txt': `hello from ${i}\n` },
		config: { presence: { ...presence, rendezvous_wan: server.url } } })));
	if (start)
		await Promise.all([a.start(), b.start()]);
	return { internet, place, server, a, b };
}

// The first servers pass no addresses on: there, peers only know of each other.
const carriesAddresses = (generation) => generation !== 'february';
const knows = (a, b) => a.until(`${b.id} online`, async () =>
	(await a.peers()).find((row) => row.peer_id === b.id && !row.is_offline));
const seeEachOther = (a, b, generation) => Promise.all(
	carriesAddresses(generation) ? [a.sees(b), b.sees(a)] :
		[knows(a, b), knows(b, a)]);

async function visits(visitor, visited, text) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.stdout, text, got.stderr);
}

const relabel = (peer, label) => peer.http('/api/settings/quick', {
	method: 'POST', body: JSON.stringify({ label }), headers: {
		'Content-Type': 'application/json',
		Origin: new URL(peer.url).origin } });

const isOpen = (id) => (e) => e.event === 'ws' && e.state === 'open' &&
	e.id === id;

describe('our peers at a server of the original', scenes, () => {
	for (const generation of ['february', 'march', 'april'])
		it(`${generation}: seen, visited, changed, gone`, async (t) => {
			const { server, a, b } = await scene(t, generation);
			const row = (await seeEachOther(a, b, generation))[0];
			assert.equal(row.label, 'Peer 1');
			if (carriesAddresses(generation))
				await Promise.all([visits(a, b, 'hello from 1\n'),
					visits(b, a, 'hello from 0\n')]);
			assert.equal((await relabel(a, 'Relabelled')).status, 200);
			await b.until('the new label', async () => (await b.peers()).some(
				(peer) => peer.peer_id === a.id && peer.label === 'Relabelled'));
			const from = server.mark();
			await a.stop();
			await server.broadcastOf(a.id, 'offline', from);
			await b.sees(a, { offline: true });
			checkWhatWasSaid(server, generation, [a, b]);
		});

	it('april: the socket breaks and it announces us offline', async (t) => {
		const { server, a, b } = await scene(t, 'april');
		await seeEachOther(a, b);
		await server.event(isOpen(a.id));
		for (let i = 0; i < 2; i++) {
			const from = server.mark();
			server.say({ what: 'drop', id: a.id });
			await server.broadcastOf(a.id, 'offline', from);
			await server.broadcastOf(a.id, undefined, server.mark());
			await server.event(isOpen(a.id), from);
			await b.sees(a);
		}
		await visits(b, a, 'hello from 0\n');
	});

	for (const generation of ['february', 'april'])
		it(`${generation}: the server is killed and comes back`, async (t) => {
			const { place, server, a, b } = await scene(t, generation);
			await seeEachOther(a, b, generation);
			await server.stop();
			const again = new OriginalServer(t, place, { generation });
			await Promise.all([a, b].map((peer) =>
				again.broadcastOf(peer.id)));
			await seeEachOther(a, b, generation);
			if (carriesAddresses(generation))
				await visits(a, b, 'hello from 1\n');
			checkWhatWasSaid(again, generation, [a, b]);
		});

	it('april: peers of the original and of ours, all at once', async (t) => {
		const { internet, server, a, b } = await scene(t, 'april');
		const place = internet.lan().host();
		const theirs = new OriginalClient(t, place, { generation: 'february',
			url: server.url, id: 'theirs', label: 'Theirs',
			addrs: [`/ip4/${place.ipv4}/tcp/4001`] });
		await Promise.all([seeEachOther(a, b), theirs.sees(a.id),
			theirs.sees(b.id)]);
		const { message } = await theirs.hears((m) => m.peerId === a.id);
		assert.equal(message.content, 'Peer 0');
		assert.ok(message.addrs.some((x) => x.includes(a.host.ipv4)),
			`${message.addrs}`);
		assert.equal(refusal(message), undefined);
		await a.stop();
		await theirs.sees(a.id, 'offline');
	});

	// A proxy that knows no WebSockets, a server that is full: the stream will do.
	for (const status of [404, 429, 502])
		it(`april: /ws answers ${status}: by event stream then`, async (t) => {
			const { server, a, b } = await scene(t, 'april', { start: false });
			server.say({ what: 'refuse', path: '/ws', status });
			await Promise.all([a.start(), b.start()]);
			await seeEachOther(a, b);
			assert.ok(server.requests('/events').length >= 2);
			assert.equal(server.events.some((e) => e.event === 'ws'), false);
		});

	it('april: who is refused is told why, and recovers', async (t) => {
		const { server, a, b } = await scene(t, 'april', { start: false });
		for (const [path, status] of [['/publish', 429], ['/ws', 429],
			['/events', 429]])
			server.say({ what: 'refuse', path, status });
		await Promise.all([a.start(), b.start()]);
		const said = await a.until('the refusal in the status', async () => {
			const { stdout } = await a.goop2('status');
			return stdout.includes(server.url) && /429|too (many|often)/i.test(
				stdout) && stdout;
		});
		assert.match(said, /refus|too (many|often)/i);
		// No hammering meanwhile.
		const from = server.mark();
		await delay(4000);
		const asked = server.events.slice(from).filter((e) =>
			e.event === 'request').length;
		assert.ok(asked <= 40, `${asked} requests in four seconds`);
		for (const path of ['/publish', '/ws', '/events'])
			server.say({ what: 'refuse', path });
		await a.until('b, after all', async () => (await a.peers()).some((row) =>
			row.peer_id === b.id && row.is_reachable && !row.is_offline), 60000);
	});
});

// Whatever we said is what the original takes, and no more than its budget.
function checkWhatWasSaid(server, generation, peers) {
	const posts = server.requests('/publish');
	assert.ok(generation === 'march' || posts.length > 0);
	for (const { head, body, status } of posts) {
		assert.match(head, /^content-type: application\/json\r?$/im);
		assert.match(head, /^POST \/publish HTTP\/1\.1\r\n/);
		const message = JSON.parse(body);
		assert.equal(refusal(message), undefined, body);
		assert.ok(peers.some((peer) => peer.id === message.peerId));
		if (generation === 'february' && status === 204)
			for (const key of Object.keys(message))
				assert.ok(FIRST_FIELDS.includes(key), key);
	}
	// It may learn by one refusal what the server does not know.
	const refused = posts.filter((post) => post.status !== 204);
	assert.ok(refused.length <= (generation === 'february' ? 4 : 0),
		refused.map((post) => `${post.status} ${post.body}`).join('\n'));
	for (const peer of peers) {
		const early = server.requests('/ws').filter((e) => e.status === 425 &&
			e.query.includes(peer.id));
		assert.ok(early.length <= 3, `${early.length} times too early`);
	}
	if (generation !== 'february')
		for (const peer of peers) {
			const opened = server.events.findIndex(isOpen(peer.id));
			const heard = server.events.slice(opened).filter((e) =>
				e.event === 'ws-message' && e.id === peer.id);
			// One more, after the socket is open (reference, 3.5).
			assert.ok(opened >= 0 && heard.length > 0, peer.id);
			for (const { text } of heard) {
				const message = JSON.parse(text);
				assert.equal(message.peerId, peer.id);
				assert.equal(refusal(message), undefined);
				assert.ok((message.addrs ?? []).length <= CAPS.addrs);
			}
		}
	for (const e of server.events.filter((one) => one.event === 'frame'))
		assert.equal(e.masked, true);
}
