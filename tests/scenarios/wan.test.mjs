// Peers on different networks find each other through a rendezvous server, and
// stay together whatever happens to it, to the way there, and to themselves.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Internet, giveNames } from './lib/internet.mjs';
import { NameServer } from './lib/name_server.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { PATIENCE_MS, Peer } from './lib/peer.mjs';
import { DAEMON, Rendezvous } from './lib/rendezvous.mjs';
import { Subscriber } from './lib/subscriber.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 3, timeout: 330000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };
// Who comes back waits up to a minute, if the server was away for long.
const LONG_MS = 60000 + PATIENCE_MS;

const make = (t, label, host, presence = {}) => Peer.init(t, { label, host,
	config: { presence: { ...quick, ...presence } },
	files: { 'hello.txt': `hello from ${label}\n` } });

async function visits(visitor, visited, label) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.stdout, `hello from ${label}\n`, got.stderr);
}

const rowOf = async (a, b) =>
	(await a.peers()).find((row) => row.peer_id === b.id);

// a is told of b, reachable or not.
const knows = (a, b, { offline = false, patience, wanted = () => true } = {}) =>
	a.until(`${b.id} ${offline ? 'offline' : 'online'}`, async () => {
		const row = await rowOf(a, b);
		return row && !!row.is_offline === offline && wanted(row) && row;
	}, patience);
const knowEachOther = (a, b, how) =>
	Promise.all([knows(a, b, how), knows(b, a, how)]);

const relabel = (peer, label) => peer.http('/api/settings/quick', {
	method: 'POST', body: JSON.stringify({ label }), headers: {
		'Content-Type': 'application/json',
		Origin: new URL(peer.url).origin } });
const isCalled = (label) => ({ wanted: (row) => row.label === label });

// A server, and two peers that reach it but not each other: what they know
// of each other, they know from it.
async function apart(t, { config = { presence: { peer_db_path: 'peers.db' } },
	presence = {}, start = true } = {}) {
	const internet = Internet.create(t);
	const middle = internet.lan();
	const place = middle.host();
	const server = await Rendezvous.start(t, { host: place, config });
	const hosts = [1, 2].map(() => internet.lan({ to: [middle] }).host());
	const [a, b] = await Promise.all(hosts.map((host, i) => make(t, `P${i}`,
		host, { rendezvous_wan: server.url, ...presence })));
	if (start) {
		await Promise.all([a.start(), b.start()]);
		await knowEachOther(a, b);
	}
	return { internet, middle, place, server, a, b };
}

// Runs until stopped; then tells whether b was ever not online for a.
function watch(a, b) {
	let isWatching = true;
	const seen = (async () => {
		const bad = [];
		for (; isWatching; await delay(100)) {
			const row = await rowOf(a, b);
			if (!row || row.is_offline)
				bad.push(row ?? 'no row');
		}
		return bad;
	})();
	return () => {
		isWatching = false;
		return seen;
	};
}

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu',
	'/usr/lib'].map((directory) => `${directory}/faketime/libfaketime.so.1`)
	.find(existsSync);
const withClock = (clock) => ({ env: { LD_PRELOAD: FAKETIME, FAKETIME: clock,
	FAKETIME_DONT_FAKE_MONOTONIC: '1', GOOP_SANDBOX: 'off' } });

describe('across networks', scenes, () => {
	// It takes longest, so it begins first.
	it('the server is unreachable for a minute', async (t) => {
		const { internet, middle, place, server, a, b } = await apart(t);
		const late = await make(t, 'Late', internet.lan({ to: [middle] }).host(),
			{ rendezvous_wan: server.url });
		internet.cut(place);
		const cut = Date.now();
		// They notice, and say so; nobody is listed for ever.
		await Promise.all([knows(a, b, { offline: true, patience: LONG_MS }),
			knows(b, a, { offline: true, patience: LONG_MS })]);
		await late.start(); // in the middle of it
		await a.until('the trouble in the status', async () => {
			const { stdout } = await a.goop2('status');
			return new RegExp(`${server.url}.*(timed out|answer|reach)`, 's')
				.test(stdout);
		});
		await relabel(b, 'cut off');
		await delay(Math.max(0, 60000 - (Date.now() - cut)));
		internet.mend(place);
		const how = { patience: LONG_MS };
		await Promise.all([knows(a, b, { ...isCalled('cut off'), ...how }),
			knows(b, a, how), knows(late, a, how), knows(a, late, how),
			knows(late, b, how)]);
	});

	it('peers see and visit each other only through the server', async (t) => {
		const internet = Internet.create(t);
		const place = internet.lan().host();
		const [left, right] = [internet.lan(), internet.lan()];
		const [a, a2, b] = await Promise.all([make(t, 'A', left.host()),
			make(t, 'A2', left.host()), make(t, 'B', right.host())]);
		const peers = [a, a2, b];
		await Promise.all(peers.map((peer) => peer.start()));
		await Promise.all([a.sees(a2), a2.sees(a)]);
		assert.equal(await rowOf(a, b), undefined);
		assert.equal((await rowOf(a, a2)).source, 'lan');
		const server = await Rendezvous.start(t, { host: place });
		for (const peer of peers)
			peer.configure({ presence: { rendezvous_wan: server.url } });
		await Promise.all(peers.map((peer) => peer.stop()));
		await Promise.all(peers.map((peer) => peer.start()));
		await Promise.all(peers.flatMap((one) => peers.filter((other) =>
			one !== other).map((other) => one.sees(other))));
		await Promise.all([visits(a, b, 'B'), visits(b, a, 'A'),
			visits(b, a2, 'A2')]);
		assert.equal((await a.http(`/p/${b.id}/hello.txt`)).body,
			'hello from B\n');
		// On the same LAN and on the server: one peer.
		await knows(a, a2, { wanted: (row) => row.source === 'lan and wan' });
		const ids = (await a.peers()).map((row) => row.peer_id);
		assert.deepEqual(ids.sort(), [a2.id, b.id].sort());
		for (const row of await a.peers())
			assert.ok(row.is_proven, JSON.stringify(row));
		// Leaving the server is not leaving the LAN.
		await server.stop();
		await knows(a, a2, { wanted: (row) => row.source === 'lan',
			patience: LONG_MS });
		await visits(a, a2, 'A2');
	});

	it('with IPv6 only', async (t) => {
		const internet = Internet.create(t);
		const only = { ipv4: false };
		const server = await Rendezvous.start(t, { ipv6: true,
			host: internet.lan().host(only) });
		const [a, b] = await Promise.all(['A', 'B'].map((label) => make(t,
			label, internet.lan().host(only), { rendezvous_wan: server.url })));
		await Promise.all([a.start(), b.start()]);
		await Promise.all([a.sees(b), b.sees(a)]);
		await Promise.all([visits(a, b, 'B'), visits(b, a, 'A')]);
	});

	it('who stops is offline at once, who is killed by its TTL', async (t) => {
		const { a, b, server, place } = await apart(t,
			{ presence: { ttl_seconds: 25 } });
		const ear = new Subscriber(t, place, { url: server.url, delta: true });
		await ear.hears((m) => m.peerId === b.id);
		const start = Date.now();
		await b.stop();
		await knows(a, b, { offline: true });
		const stopped = Date.now() - start;
		await b.start();
		await knows(a, b);
		await relabel(b, 'told before it died');
		await knows(a, b, isCalled('told before it died'));
		for (const row of (await b.status()).daemons)
			if (row.pid > 0)
				process.kill(row.pid, 'SIGKILL');
		b.kill('SIGKILL');
		const killed = Date.now();
		await knows(a, b, { offline: true, patience: LONG_MS });
		assert.ok(stopped < Date.now() - killed,
			'the stopped one was noticed no sooner than the killed one');
		// "stopped" was told by it, not concluded.
		assert.deepEqual(ear.typesOf(b.id).filter((type) =>
			type === 'offline').length, 2);
	});

	it('a peer hosts and joins at once: on both servers', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host() });
		const place = internet.lan().host();
		const own = `http://${place.ipv4}:8800`;
		const [host, far, near, both] = await Promise.all([
			make(t, 'Host', place, { rendezvous_wan: server.url,
				rendezvous_host: true, rendezvous_port: 8800,
				rendezvous_bind: '0.0.0.0' }),
			make(t, 'Far', internet.lan().host(),
				{ rendezvous_wan: server.url }),
			make(t, 'Near', internet.lan().host(), { rendezvous_wan: own }),
			make(t, 'Both', internet.lan().host(), { rendezvous_wan: own,
				rendezvous_host: true })]);
		await host.start();
		await Promise.all([far.start(), near.start(), both.start()]);
		await Promise.all([host.sees(far), host.sees(near), host.sees(both),
			far.sees(host), near.sees(host), near.sees(both)]);
		await Promise.all([visits(far, host, 'Host'),
			visits(host, near, 'Near'), visits(near, both, 'Both')]);
		// One server forgets it, the other does not: it stays.
		const stop = watch(host, near);
		await server.stop();
		await delay(2000);
		assert.deepEqual(await stop(), []);
		assert.equal((await host.peers()).filter((row) =>
			row.peer_id === near.id).length, 1);
	});
	it('the server is restarted: nobody is told that anybody left', async (t) => {
		const { place, server, a, b } = await apart(t);
		const ears = [true, false].map((delta) => new Subscriber(t, place,
			{ url: server.url, delta }));
		await Promise.all(ears.flatMap((ear) => [a, b].map((peer) =>
			ear.hears((m) => m.peerId === peer.id))));
		const { message: { cursor } } = await ears[0].hears((m) =>
			m.type === 'synced' && m.cursor);
		const stops = [watch(a, b), watch(b, a)];
		await server.stop();
		for (const ear of ears) {
			await ear.event((e) => e.event === 'closed');
			assert.ok(ear.events.some((e) => e.event === 'retry'));
			for (const peer of [a, b])
				assert.ok(!ear.typesOf(peer.id).includes('offline'));
		}
		await server.start();
		const back = new Subscriber(t, place, { url: server.url, delta: true,
			since: cursor });
		const begin = await back.hears((m) => m.type === 'begin');
		assert.equal(begin.message.full, false);
		await back.hears((m) => m.type === 'synced');
		const everybody = new Subscriber(t, place, { url: server.url });
		await Promise.all([a, b].map((peer) =>
			everybody.hears((m) => m.peerId === peer.id)));
		await relabel(a, 'after the restart');
		await knows(b, a, isCalled('after the restart'));
		for (const ear of [back, everybody])
			for (const peer of [a, b])
				assert.ok(!ear.typesOf(peer.id).includes('offline'));
		assert.deepEqual(await Promise.all(stops.map((stop) => stop())),
			[[], []]);
	});

	it('the server is killed with -9, twice', async (t) => {
		const { server, a, b } = await apart(t);
		const stops = [watch(a, b), watch(b, a)];
		for (const label of ['after one death', 'after two']) {
			const pid = await server.pid();
			process.kill(pid, 'SIGKILL');
			await server.until('another process', async () => {
				const row = await server.daemon(DAEMON);
				return row.state === 'ready' && row.pid !== pid;
			});
			await relabel(a, label);
			await knows(b, a, isCalled(label));
			await relabel(b, label);
			await knows(a, b, isCalled(label));
		}
		// Nothing more is told of who does not change: he stays.
		await delay(quick.ttl_seconds * 1500);
		assert.deepEqual(await Promise.all(stops.map((stop) => stop())),
			[[], []]);
		await b.stop();
		await knows(a, b, { offline: true });
	});

	it('the server is killed and its table lost', async (t) => {
		const { server, a, b } = await apart(t, { config: {} });
		const stops = [watch(a, b), watch(b, a)];
		process.kill(await server.pid(), 'SIGKILL');
		await relabel(a, 'to an empty table');
		await knows(b, a, { ...isCalled('to an empty table'),
			patience: LONG_MS });
		await knowEachOther(a, b);
		assert.deepEqual(await Promise.all(stops.map((stop) => stop())),
			[[], []]);
	});

	it('the server has a name: no DNS at start, none later, another address', async (t) => {
		const internet = Internet.create(t);
		const middle = internet.lan();
		const [names, first, second] = [1, 2, 3].map(() => middle.host());
		const server = await Rendezvous.start(t, { host: first });
		const hosts = [1, 2].map(() => internet.lan({ to: [middle] }).host());
		for (const host of hosts)
			giveNames(t, host, { resolver: names.ipv4 });
		const [a, b] = await Promise.all(hosts.map((host, i) => make(t, `P${i}`,
			host, { rendezvous_wan: 'http://rendezvous.example:8787' })));
		await Promise.all([a.start(), b.start()]);
		await a.until('the unknown name in the status', async () => {
			const { stdout } = await a.goop2('status');
			return /rendezvous\.example.*(resol|name|DNS)/is.test(stdout);
		});
		const known = { 'rendezvous.example': [first.ipv6, first.ipv4] };
		const dns = new NameServer(t, names, known);
		await dns.ready;
		await knowEachOther(a, b, { patience: LONG_MS });

		await dns.stop();
		process.kill(await server.pid(), 'SIGKILL');
		await relabel(a, 'while there was no DNS');
		await delay(3000);
		const again = new NameServer(t, names, known);
		await again.ready;
		await knows(b, a, { ...isCalled('while there was no DNS'),
			patience: LONG_MS });

		const other = await Rendezvous.start(t, { host: second });
		again.set({ 'rendezvous.example': [second.ipv4] });
		await server.stop();
		await relabel(b, 'at another address');
		await knows(a, b, { ...isCalled('at another address'),
			patience: LONG_MS });
		const ear = new Subscriber(t, second, { url: other.url });
		await ear.hears((m) => m.peerId === a.id);
	});

	it('the server listens on one of two addresses that its name has', async (t) => {
		const { a, b, place, server } = await apart(t, { start: false });
		for (const peer of [a, b]) {
			giveNames(t, peer.host, { hosts:
				{ 'rendezvous.example': [place.ipv6, place.ipv4] } });
			peer.configure({ presence: { rendezvous_wan:
				`http://rendezvous.example:${server.port}` } });
		}
		await Promise.all([a.start(), b.start()]);
		await knowEachOther(a, b);
	});
	it('clocks that are wrong by hours and days', { skip: FAKETIME ? false :
		'libfaketime is not on this machine' }, async (t) => {
		const { server, a, b } = await apart(t, { start: false });
		await Promise.all([a.start(withClock('+5h')),
			b.start(withClock('-3d'))]);
		const isProven = { wanted: (row) => row.is_proven };
		await knowEachOther(a, b, isProven);
		await relabel(a, 'five hours ahead');
		await knows(b, a, isCalled('five hours ahead'));
		await server.stop();
		await server.start(withClock('+400d'));
		await relabel(b, 'three days behind');
		await knows(a, b, { wanted: (row) => row.is_proven &&
			row.label === 'three days behind', patience: LONG_MS });
		await knows(b, a, { ...isProven, patience: LONG_MS });
	});

	it('goopd and goop-discoveryd are killed', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host() });
		const [a, b] = await Promise.all(['A', 'B'].map((label) => make(t,
			label, internet.lan().host(), { rendezvous_wan: server.url })));
		await Promise.all([a.start(), b.start()]);
		await Promise.all([a.sees(b), b.sees(a)]);
		for (const name of ['goop-discoveryd', 'goopd', 'goop-discoveryd']) {
			const { pid } = await a.daemon(name);
			process.kill(pid, 'SIGKILL');
			await a.until(`${name} again`, async () => {
				const now = await a.daemon(name);
				return now.state === 'ready' && now.pid !== pid;
			});
			await relabel(a, `${name} died`);
			await b.until('the new label', async () =>
				(await rowOf(b, a))?.label === `${name} died`);
			await Promise.all([a.sees(b), b.sees(a)]);
			await Promise.all([visits(a, b, 'B'), visits(b, a, 'A')]);
		}
	});
});
