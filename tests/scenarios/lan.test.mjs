// Peers on a LAN find each other, visit each other and notice who left: real
// daemons on hosts that are network namespaces on a bridge.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Host, Network, netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';

const options = { skip: netnsMissing ?? false };
// Silence means offline after this long; short, so that tests need not wait.
const quick = { presence: { ttl_seconds: 4, heartbeat_seconds: 1 } };

async function startPeers(t, hosts, configs = []) {
	const peers = await Promise.all(hosts.map((host, i) => Peer.init(t, {
		label: `Peer ${i}`, host,
		config: { ...quick, ...configs[i] },
		files: { 'hello.txt': `hello from ${i}\n` } })));
	await Promise.all(peers.map((peer) => peer.start()));
	return peers;
}

async function visits(visitor, visited, text) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.code, 0, got.stderr);
	assert.equal(got.stdout, text);
}

const sees = (a, b, how) => a.sees(b, how);

test('two peers see and visit each other', options, async (t) => {
	const lan = Network.create(t);
	const [a, b] = await startPeers(t, [lan.host(), lan.host()]);
	const [row] = await Promise.all([sees(a, b), sees(b, a)]);
	assert.equal(row.label, 'Peer 1');
	await visits(a, b, 'hello from 1\n');
	await visits(b, a, 'hello from 0\n');
	const page = await a.http(`/p/${b.id}/hello.txt`);
	assert.equal(page.status, 200);
	assert.equal(page.body, 'hello from 1\n');
});

test('five peers see each other, every pair', options, async (t) => {
	const lan = Network.create(t);
	const peers = await startPeers(t, Array.from({ length: 5 },
		() => lan.host()));
	await Promise.all(peers.flatMap((a) =>
		peers.filter((b) => a !== b).map((b) => sees(a, b))));
	await visits(peers[4], peers[0], 'hello from 0\n');
});

test('clusters with different tags do not see each other', options,
	async (t) => {
		const lan = Network.create(t);
		const red = { p2p: { mdns_tag: 'red' } };
		const blue = { p2p: { mdns_tag: 'blue' } };
		const [a, b, c, d] = await startPeers(t,
			[lan.host(), lan.host(), lan.host(), lan.host()],
			[red, red, blue, blue]);
		await Promise.all([sees(a, b), sees(b, a), sees(c, d), sees(d, c)]);
		assert.deepEqual((await a.peers()).map((row) => row.peer_id), [b.id]);
		assert.deepEqual((await c.peers()).map((row) => row.peer_id), [d.id]);
	});

// A query from a port of its own, as dig sends it; prints what comes back.
const askOnce = `
	const [own, group] = process.argv.slice(1);
	const socket = require('dgram').createSocket(
		group.includes(':') ? 'udp6' : 'udp4');
	const name = '\\x09goop-mdns\\x05local\\x00';
	const query = Buffer.from('\\x12\\x34\\x00\\x00\\x00\\x01' +
		'\\x00'.repeat(6) + name + '\\x00\\x0c\\x00\\x01', 'latin1');
	socket.bind(0, () => {
		socket.setMulticastInterface(own);
		socket.send(query, 5353, group);
	});
	setTimeout(() => process.exit(1), 20000);
	socket.on('message', (bytes) => {
		console.log(bytes.toString('latin1'));
		process.exit();
	});`;

test('a resolver that asks once gets its answer', options, async (t) => {
	const lan = Network.create(t);
	const [host, asker] = [lan.host(), lan.host()];
	const [a] = await startPeers(t, [host]);
	for (const [own, group] of [[asker.ipv4, '224.0.0.251'],
		['::%eth0', 'ff02::fb%eth0']]) {
		const answer = asker.run(process.execPath, '-e', askOnce, own, group);
		assert.equal(answer.slice(0, 2), '\x12\x34');
		assert.ok(answer.includes(`/p2p/${a.id}`));
	}
});

// The same three, of which one changes its tag: those who met before part, and
// the one pulls nobody along.
test('a peer that changes its tag leaves its cluster', options, async (t) => {
	const lan = Network.create(t);
	const red = { p2p: { mdns_tag: 'red' } };
	const blue = { p2p: { mdns_tag: 'blue' } };
	const moving = { p2p: { mdns_tag: 'red', listen_port: 41002 } };
	const [a, b, c] = await startPeers(t,
		[lan.host(), lan.host(), lan.host()], [red, moving, blue]);
	await Promise.all([sees(a, b), sees(b, a)]);
	await b.stop();
	b.configure(blue);
	await b.start();
	await Promise.all([sees(b, c), sees(c, b)]);
	// It tries where the other was, and finds it.
	await a.stop();
	a.mark();
	await a.start();
	await a.until('the other is gone', async () => {
		const { counters } = await a.daemon('goop-discoveryd');
		return counters.peers_of_other_tags > 0 &&
			(await a.peers()).length === 0;
	});
	const ids = async (peer) => (await peer.peers()).map((row) => row.peer_id);
	assert.deepEqual(await ids(b), [c.id]);
	assert.deepEqual(await ids(c), [b.id]);
	assert.deepEqual(await ids(a), []);
	assert.ok(!a.lines.slice(a.marked).some((line) =>
		line.includes('peer online')), 'it was listed for a moment');
});

test('a LAN with IPv6 only', options, async (t) => {
	const lan = Network.create(t);
	const [a, b] = await startPeers(t,
		[lan.host({ ipv4: false }), lan.host({ ipv4: false })]);
	await Promise.all([sees(a, b), sees(b, a)]);
	await visits(a, b, 'hello from 1\n');
});

test('a LAN with IPv4 only', options, async (t) => {
	const lan = Network.create(t);
	const [a, b] = await startPeers(t,
		[lan.host({ ipv6: false }), lan.host({ ipv6: false })]);
	await Promise.all([sees(a, b), sees(b, a)]);
	await visits(b, a, 'hello from 0\n');
});

test('a host with many interfaces sees the peers of its LAN', options,
	async (t) => {
		const lan = Network.create(t);
		const crowded = Host.alone(t);
		crowded.run('sh', '-c', 'for i in $(seq 20); do ' +
			'ip link add a$i type veth peer name b$i; ' +
			'ip link set a$i up; ip link set b$i up; done');
		lan.attach(crowded); // the last of 41
		const [a, b] = await startPeers(t, [crowded, lan.host()]);
		await Promise.all([sees(a, b), sees(b, a)]);
		const row = await a.daemon('goop-discoveryd');
		assert.match(row.status, /mDNS on eth0 .*\(9 left out\)/);
	});

test('a host with two interfaces sees the peers of both', options,
	async (t) => {
		const left = Network.create(t), right = Network.create(t);
		const middle = left.host();
		right.attach(middle);
		const [m, l, r] = await startPeers(t,
			[middle, left.host(), right.host()]);
		await Promise.all([sees(m, l), sees(m, r), sees(l, m), sees(r, m)]);
		await visits(m, l, 'hello from 1\n');
		await visits(m, r, 'hello from 2\n');
		await visits(r, m, 'hello from 0\n');
	});

test('one that stops is offline at once, one that is killed by its TTL',
	options, async (t) => {
		const lan = Network.create(t);
		// A long TTL shows that an orderly stop does not wait for it.
		const [a, b, c] = await startPeers(t,
			[lan.host(), lan.host(), lan.host()],
			[{ presence: { ttl_seconds: 12, heartbeat_seconds: 1 } }]);
		await Promise.all([sees(a, b), sees(a, c)]);
		const start = Date.now();
		await b.stop();
		await sees(a, b, { offline: true });
		const stopped = Date.now() - start;
		for (const row of (await c.status()).daemons)
			if (row.pid > 0)
				process.kill(row.pid, 'SIGKILL');
		c.kill('SIGKILL');
		const killed = Date.now();
		await sees(a, c, { offline: true });
		assert.ok(stopped < Date.now() - killed,
			'the stopped one was noticed no sooner than the killed one');
		const gone = await a.goop2('fetch', c.id, '/hello.txt');
		assert.equal(gone.code, 6, gone.stderr);
	});

test('an interface goes down and comes back', options, async (t) => {
	const lan = Network.create(t);
	const host = lan.host();
	const [a, b] = await startPeers(t, [lan.host(), host]);
	await sees(a, b);
	host.link(false);
	await sees(a, b, { offline: true });
	host.link(true);
	await Promise.all([sees(a, b), sees(b, a)]);
	await visits(a, b, 'hello from 1\n');
});

test('an address changes', options, async (t) => {
	const lan = Network.create(t);
	const host = lan.host({ ipv6: false });
	const [a, b] = await startPeers(t, [lan.host({ ipv6: false }), host]);
	await sees(a, b);
	const moved = host.ipv4.replace(/\d+$/, '99');
	host.address(moved);
	await a.until('the new address', async () => (await a.peers()).some((row) =>
		row.peer_id === b.id && row.addresses?.some((x) => x.includes(moved))));
	await sees(a, b);
	await visits(a, b, 'hello from 1\n');
});

test('no network at start: the peer waits for one', options, async (t) => {
	const lan = Network.create(t);
	const lonely = Host.alone(t);
	const [a] = await startPeers(t, [lonely]);
	assert.deepEqual(await a.peers(), []);
	const self = await a.goop2('fetch', a.id, '/hello.txt');
	assert.equal(self.stdout, 'hello from 0\n');
	const [b] = await startPeers(t, [lan.host()]);
	lan.attach(lonely);
	await Promise.all([sees(a, b), sees(b, a)]);
	await visits(a, b, 'hello from 0\n');
});

test('a peer that was seen before is tried at start', options, async (t) => {
	const lan = Network.create(t);
	const [a, b] = await startPeers(t, [lan.host(), lan.host()],
		[{}, { p2p: { listen_port: 41001 } }]);
	await sees(a, b);
	await a.stop();
	// Multicast no longer gets through; the remembered address does.
	lan.run('ip', 'link', 'set', 'v1', 'type', 'bridge_slave', 'mcast_flood',
		'off');
	await a.start();
	await sees(a, b);
	await visits(a, b, 'hello from 1\n');
});

test('two peers with the same key: a warning, and the others are well',
	options, async (t) => {
		const lan = Network.create(t);
		const [a, b, c] = await startPeers(t,
			[lan.host(), lan.host(), lan.host()]);
		await sees(c, a);
		await b.stop();
		const { copyFileSync } = await import('node:fs');
		copyFileSync(`${a.directory}/data/identity.key`,
			`${b.directory}/data/identity.key`);
		b.mark();
		a.mark();
		await b.start();
		await Promise.race([a.line(/uses this peer's key/),
			b.line(/uses this peer's key/)]);
		await visits(a, c, 'hello from 2\n');
		await c.stop();
		await sees(a, c, { offline: true });
	});

test('every later request succeeds while daemons are killed', options,
	async (t) => {
		const lan = Network.create(t);
		const [a, b] = await startPeers(t, [lan.host(), lan.host()]);
		await Promise.all([sees(a, b), sees(b, a)]);
		for (const [peer, name] of [[a, 'goopd'], [a, 'goop-discoveryd'],
			[a, 'goop-viewerd'], [b, 'goopd'], [b, 'goop-discoveryd']]) {
			const row = await peer.daemon(name);
			const during = Array.from({ length: 5 }, () =>
				a.http(`/p/${b.id}/hello.txt`).catch((error) => error));
			process.kill(row.pid, 'SIGKILL');
			await Promise.all(during); // answered, one way or the other
			await peer.until(`${name} again`, async () => {
				const now = await peer.daemon(name);
				return now.state === 'ready' && now.pid !== row.pid;
			});
			const page = await a.http(`/p/${b.id}/hello.txt`);
			assert.equal(page.status, 200, `after ${name} died`);
			assert.equal(page.body, 'hello from 1\n');
			await visits(a, b, 'hello from 1\n');
		}
	});

test('a large file arrives whole, by ranges too', options, async (t) => {
	const lan = Network.create(t);
	const big = randomBytes(24 * 1024 * 1024 + 7);
	const host = lan.host();
	const a = await Peer.init(t, { host: lan.host(), config: quick });
	const b = await Peer.init(t, { host, config: quick,
		files: { 'big.bin': big } });
	await Promise.all([a.start(), b.start()]);
	await sees(a, b);
	const whole = await a.goop2('fetch', b.id, '/big.bin');
	assert.equal(whole.code, 0, whole.stderr);
	assert.ok(whole.bytes.equals(big));
	const part = await a.http(`/p/${b.id}/big.bin`,
		{ headers: { Range: 'bytes=20000000-20000999' } });
	assert.equal(part.status, 206);
	assert.ok(part.bytes.equals(big.subarray(20000000, 20001000)));
	assert.equal(part.headers['content-range'],
		`bytes 20000000-20000999/${big.length}`);
	const again = await a.http(`/p/${b.id}/big.bin`,
		{ headers: { 'If-None-Match': part.headers.etag } });
	assert.equal(again.status, 304);
});
