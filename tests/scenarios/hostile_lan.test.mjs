// Strangers on the same LAN: what they shout by mDNS and gossip, how many streams
// they open, and what they ask of a site. Each outcome is a drop that is
// counted; the peers next to them notice nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync,
	writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startAsker } from './lib/asker.mjs';
import { GOSSIP_MANNERS, startGossipStranger } from './lib/gossip_stranger.mjs';
import { MDNS_MANNERS, startMdnsStranger } from './lib/mdns_stranger.mjs';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';

const options = { skip: netnsMissing ?? false };
const PORT = 41001;
const MEMORY_GROWTH_MAX_KIB = 32 * 1024;
const config = {
	p2p: { listen_port: PORT },
	presence: { ttl_seconds: 6, heartbeat_seconds: 1 }
};
const DAEMONS = ['goopd', 'goop-discoveryd', 'goop-viewerd'];

const make = (t, label, host, more = {}) => Peer.init(t, { label, host, config,
	files: { 'hello.txt': 'hello\n' }, ...more });

// A peer, another that sees it, and the rest of the LAN.
async function setup(t, more) {
	const lan = Network.create(t);
	const peer = await make(t, 'Victim', lan.host(), more);
	const visitor = await make(t, 'Visitor', lan.host());
	await Promise.all([peer.start(), visitor.start()]);
	await Promise.all([visitor.sees(peer), peer.sees(visitor)]);
	return { lan, peer, visitor, before: await look(peer) };
}

// All daemons by name, with what they keep in memory, and all counters in one.
async function look(peer) {
	const { daemons } = await peer.status();
	const counters = Object.assign({}, ...daemons.map((row) => row.counters));
	for (const row of daemons) {
		const status = readFileSync(`/proc/${row.pid}/status`, 'utf8');
		row.resident_kib = Number(/VmRSS:\s*(\d+)/.exec(status)[1]);
	}
	return { counters, at: Date.now(),
		...Object.fromEntries(daemons.map((row) => [row.name, row])) };
}

async function visits(visitor, peer) {
	const got = await visitor.goop2('fetch', peer.id, '/hello.txt');
	assert.equal(got.stdout, 'hello\n', got.stderr);
	const page = await visitor.http(`/p/${peer.id}/hello.txt`);
	assert.equal(page.status, 200);
}

// The same processes, not much larger.
async function isUnharmed(peer, before, what) {
	const after = await look(peer);
	for (const name of DAEMONS) {
		assert.equal(after[name].pid, before[name].pid, `${what}: ${name}`);
		assert.ok(after[name].resident_kib <
			before[name].resident_kib + MEMORY_GROWTH_MAX_KIB,
		`${what}: ${name} grew from ${before[name].resident_kib} to ` +
			`${after[name].resident_kib} KiB`);
	}
	return after;
}

const grown = (before, after, ...names) => names.reduce((sum, name) => {
	assert.equal(typeof after.counters[name], 'number', `no counter ${name}`);
	return sum + after.counters[name] - before.counters[name];
}, 0);

// What must have been counted after each manner.
const mdnsCounted = {
	garbage: ['mdns_packets_malformed'],
	'garbage behind a good header': ['mdns_packets_malformed'],
	'truncated packets': ['mdns_packets_malformed'],
	'compression loops': ['mdns_packets_malformed'],
	'counts that promise more': ['mdns_packets_malformed'],
	'packets of 9000 bytes': ['mdns_instances_left_out'],
	'larger packets': ['mdns_packets_too_large'],
	'addresses that cannot be true': ['mdns_addresses_refused',
		'mdns_texts_refused'],
	'a flood of questions': ['mdns_packets_over_rate'],
	'peers without a host': ['mdns_packets_over_rate', 'mdns_peers_evicted'],
	'peers on one host': ['mdns_packets_over_rate', 'mdns_peers_evicted'],
	'names of one peer': []
};

test('mDNS: whatever is shouted, the peers stay and find others', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const host = lan.host();
		const late = await make(t, 'Late', lan.host());
		let last = before;
		for (const manner of MDNS_MANNERS) {
			const stranger = startMdnsStranger(t, host, manner);
			await stranger.over;
			await visits(visitor, peer);
			const after = await isUnharmed(peer, before, manner);
			if (mdnsCounted[manner].length)
				assert.ok(grown(last, after, ...mdnsCounted[manner]) > 0,
					`${manner}: nothing counted`);
			// Who is listed is who spoke, signed, not who was named.
			assert.deepEqual((await peer.peers()).map((row) => row.peer_id),
				[visitor.id], manner);
			await stranger.stop();
			last = after;
		}
		// Among all the names that are still remembered it is found.
		await late.start();
		await Promise.all([peer.sees(late), late.sees(peer)]);
		await visits(late, peer);
	});

test('mDNS: thousands of names on one host are no storm of connections',
	options, async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const start = Date.now();
		const stranger = startMdnsStranger(t, lan.host(), 'peers on one host', 6);
		await stranger.over;
		const late = await make(t, 'Late', lan.host());
		await late.start();
		await Promise.all([peer.sees(late), late.sees(peer)]);
		await stranger.stop();
		const seconds = (Date.now() - start) / 1000;
		// Three peers, each at most a burst of 64 and 16 a second.
		const most = 3 * (64 + 16 * (seconds + 1));
		assert.ok(stranger.dialled > 0, 'nobody tried at all');
		assert.ok(stranger.dialled <= most,
			`${stranger.dialled} connections in ${seconds} s`);
		const after = await isUnharmed(peer, before, 'storm');
		assert.ok(grown(before, after, 'dialer_delayed', 'dialer_refused') > 0);
		await visits(visitor, peer);
	});

const gossipCounted = {
	'presence, over and over': ['presence_too_fast'],
	'the same message again': ['pubsub_messages_duplicate'],
	'invalid JSON': ['presence_malformed'],
	'presence of others': ['presence_not_author'],
	'presence of thousands': ['pubsub_messages_unchecked'],
	'messages of 60 KiB': ['presence_too_large'],
	'messages of 1 MiB': ['pubsub_streams_malformed'],
	'a hundred topics': ['pubsub_topics_refused'],
	'forged signatures': ['pubsub_rpcs_graylisted']
};
// GOSSIPSUB_PEER_CHECKS_*: what a peer may make us pass on to others.
const CHECKS_BURST = 256, CHECKS_PER_S = 200;
const PEERS_MAX = 1024;

test('gossip: a flood drowns nobody', options, async (t) => {
	const { lan, peer, visitor, before } = await setup(t);
	const host = lan.host();
	let last = before;
	for (const manner of GOSSIP_MANNERS) {
		const spared = await look(visitor);
		const stranger = startGossipStranger(t, host, { address: peer.host.ipv4,
			port: PORT, manner, victim: visitor.id });
		await stranger.there;
		await visits(visitor, peer);
		const told = await stranger.over;
		const after = await isUnharmed(peer, before, manner);
		assert.ok(grown(last, after, ...gossipCounted[manner]) > 0,
			`${manner}: nothing counted of ${JSON.stringify(told)}`);
		const reached = await isUnharmed(visitor, spared, manner);
		const seconds = (reached.at - spared.at) / 1000;
		const arrived = grown(spared, reached, 'pubsub_messages_received');
		assert.ok(arrived <= CHECKS_BURST + CHECKS_PER_S * (seconds + 1),
			`${manner}: ${arrived} of ${told.count} came through`);
		last = after;
	}
	const rows = await peer.peers();
	assert.ok(rows.length <= PEERS_MAX, `${rows.length} peers are listed`);
	assert.ok(rows.some((row) => row.peer_id === visitor.id &&
		!row.is_offline), 'the neighbour is still there');
	await visits(visitor, peer);
});

test('gossip: a crowd of made-up peers keeps no real one off the list', options,
	async (t) => {
		// The made-up ones do not go offline while this lasts.
		const { lan, peer, visitor, before } = await setup(t, { config: {
			...config, presence: { ttl_seconds: 90, heartbeat_seconds: 1 } } });
		const stranger = startGossipStranger(t, lan.host(), {
			address: peer.host.ipv4, port: PORT, seconds: 30,
			manner: 'presence of thousands' });
		await stranger.there;
		await peer.until('a full table', async () =>
			(await peer.peers()).length === PEERS_MAX);
		const late = await make(t, 'Late', lan.host());
		await late.start();
		await peer.sees(late);
		await visits(late, peer);
		await stranger.stop();
		assert.ok((await peer.peers()).some((row) =>
			row.peer_id === visitor.id && !row.is_offline));
		await isUnharmed(peer, before, 'crowd');
	});

test('ten thousand streams: a few are served, the rest is refused', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const asker = startAsker(t, lan.host(), peer.host.ipv4, PORT);
		await asker.ready;
		const told = await asker.flood('/goop/site/1.0.0', 10000);
		await visits(visitor, peer);
		const after = await isUnharmed(peer, before, 'streams');
		assert.ok(told.left <= 32, `${told.left} streams are left`);
		assert.ok(grown(before, after, 'yamux_streams_refused',
			'streams_over_peer_limit', 'streams_over_protocol_limit') >= 9000,
		JSON.stringify(after.counters));
		await asker.stop();
		const again = startAsker(t, lan.host(), peer.host.ipv4, PORT);
		await again.ready;
		assert.equal((await again.ask('GET /hello.txt\n')).text,
			'OK text/plain; charset=utf-8 6\nhello\n');
	});

// What lies in the site of the next tests, and beside it.
function furnish(peer) {
	const site = join(peer.directory, 'site');
	mkdirSync(join(site, 'lua'));
	mkdirSync(join(site, 'sub'));
	mkdirSync(join(site, '.git'));
	writeFileSync(join(site, 'lua/secret.lua'), 'SECRET');
	writeFileSync(join(site, '.hidden'), 'SECRET');
	writeFileSync(join(site, '.git/config'), 'SECRET');
	writeFileSync(join(site, 'unreadable.txt'), 'SECRET');
	chmodSync(join(site, 'unreadable.txt'), 0);
	writeFileSync(join(peer.directory, 'outside.txt'), 'SECRET');
	symlinkSync('../outside.txt', join(site, 'link.txt'));
	symlinkSync('/etc/passwd', join(site, 'passwd'));
	symlinkSync('..', join(site, 'up'));
	symlinkSync('loop', join(site, 'loop'));
	execFileSync('mkfifo', [join(site, 'fifo')]);
	execFileSync('chown', ['-R', '65534:65534', peer.directory]);
	chmodSync(dirname(peer.directory), 0o755);
}

// As root nothing would be unreadable.
function asNobody(host) {
	return { ...host, ipv4: host.ipv4, command: (...command) =>
		host.command('setpriv', '--reuid=65534', '--regid=65534',
			'--clear-groups', ...command) };
}

const FORBIDDEN = 5, NOT_FOUND = 4;
const deepest = `/${'a/'.repeat(1000)}x`;
// What is asked: what goop2 fetch ends with, and what the original would hear.
const evils = [
	['/../outside.txt', FORBIDDEN, 'ERR forbidden\n'],
	['../../outside.txt', FORBIDDEN, 'ERR forbidden\n'],
	['/sub/../../outside.txt', FORBIDDEN, 'ERR forbidden\n'],
	['/..', FORBIDDEN, 'ERR forbidden\n'],
	['/./../outside.txt', FORBIDDEN, 'ERR forbidden\n'],
	['/%2e%2e/outside.txt'],
	['/%2e%2e%2foutside.txt'],
	['/..%2foutside.txt'],
	['/%252e%252e/outside.txt'],
	['/..\\outside.txt'],
	['//etc/passwd'],
	['/etc/passwd', NOT_FOUND, 'ERR not found\n'],
	['/link.txt'],
	['/passwd'],
	['/up/outside.txt'],
	['/loop'],
	['/.hidden'],
	['/.git/config'],
	['/sub/../.hidden'],
	['/lua/secret.lua', FORBIDDEN, 'ERR forbidden\n'],
	['/lua/', FORBIDDEN, 'ERR forbidden\n'],
	['/LUA/secret.lua'],
	['/./lua/secret.lua'],
	['//lua/secret.lua'],
	['/sub/../lua/secret.lua'],
	['/sub'],
	['/sub/'],
	['/fifo'],
	['/unreadable.txt'],
	['/hello.txt/'],
	['/hello.txt/x'],
	[deepest]
];
// What the command line cannot say.
const raws = ['GET /hello.txt\x00.html\n', 'GET /\x00\n', 'GET hello.txt\x00\n',
	'GET\n', 'GET \n/../outside.txt\n', '\n', 'POST /hello.txt\n',
	'GET /hello.txt HTTP/1.1\r\n\r\n', 'GET /\xff\xfe\n', 'GET /\x1b[31m\n',
	`GET /${'a'.repeat(100000)}\n`, `${'G'.repeat(100000)}\n`,
	'GOOP-SITE/9.9 GET /\n'];

test('a site gives away nothing but itself', options, async (t) => {
	const lan = Network.create(t);
	const host = lan.host();
	const peer = await make(t, 'Victim', host);
	furnish(peer);
	peer.host = asNobody(host);
	const visitor = await make(t, 'Visitor', lan.host());
	await Promise.all([peer.start(), visitor.start()]);
	await visitor.sees(peer);
	const before = await look(peer);
	const asker = startAsker(t, lan.host(), host.ipv4, PORT);
	await asker.ready;
	for (const [path, code, answer] of evils) {
		const got = await visitor.goop2('fetch', peer.id, path);
		assert.ok([FORBIDDEN, NOT_FOUND].includes(got.code),
			`${path}: ${got.code} ${got.stderr}`);
		assert.equal(got.stdout, '', path);
		assert.equal(got.stderr.trim().split('\n').length, 1, got.stderr);
		const { text } = await asker.ask(`GET ${path}\n`);
		assert.match(text, /^ERR [ -~]+\n$/, `${path}: ${text.slice(0, 80)}`);
		if (code) {
			assert.equal(got.code, code, path);
			assert.equal(text, answer, path);
		}
	}
	// All at once: who never ends his request is waited for.
	const slow = ['/goop/site/1.0.0', '/goop/site/1.1.0'].flatMap((protocol) =>
		[...raws, 'GET /hello.txt'].map((raw) => ({ raw, protocol,
			answer: asker.ask(raw, protocol) })));
	await visits(visitor, peer);
	for (const { raw, protocol, answer } of slow) {
		const { text, reset } = await answer;
		const what = JSON.stringify([protocol, raw, text]).slice(0, 300);
		assert.ok(!/SECRET|root:|hello/.test(text), what);
		assert.ok(reset || text.length < 200, what);
	}
	const after = await isUnharmed(peer, before, 'site');
	assert.ok(grown(before, after, 'site_paths_refused') > 0);
	assert.ok(grown(before, after, 'site_requests_bad') > 0);
	await visits(visitor, peer);
});

const touches = {
	shrinks: (file) => truncateSync(file, 1000),
	'is written over': (file) => writeFileSync(file, Buffer.alloc(16 << 20, 1)),
};
for (const [what, touch] of Object.entries(touches))
	test(`a file that ${what} while it is sent ends early`, options, async (t) => {
		const size = 16 << 20;
		const { lan, peer, visitor, before } = await setup(t);
		const file = join(peer.directory, 'site/file.bin');
		writeFileSync(file, Buffer.alloc(size));
		const asker = startAsker(t, lan.host(), peer.host.ipv4, PORT);
		await asker.ready;
		// Larger than all windows and buffers between file and reader.
		const slow = asker.ask('GET /file.bin\n', '/goop/site/1.0.0',
			{ hold: true });
		await peer.until('the request', async () =>
			grown(before, await look(peer), 'site_requests') > 0);
		touch(file);
		await asker.release();
		const { length, reset } = await slow;
		assert.ok(reset, 'it was not told that this is not all');
		assert.ok(length < size);
		const after = await isUnharmed(peer, before, what);
		assert.equal(grown(before, after, 'site_files_changed'), 1);
		await visits(visitor, peer);
	});
