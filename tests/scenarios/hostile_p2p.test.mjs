// Strangers who speak libp2p badly, or in great numbers: each is dropped in
// bounded time and counted, and visitors notice nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { FAULTS, MANNERS, NUISANCES, startStrangers } from './lib/stranger.mjs';

const options = { skip: netnsMissing ?? false };
const PORT = 41001;
const MEMORY_GROWTH_MAX_KIB = 32 * 1024;
const config = {
	p2p: { listen_port: PORT },
	presence: { ttl_seconds: 6, heartbeat_seconds: 1 }
};

// A peer, another that sees it, and the rest of the LAN.
async function setup(t) {
	const lan = Network.create(t);
	const [host, other] = [lan.host(), lan.host()];
	const peer = await Peer.init(t, { label: 'Victim', host, config,
		files: { 'hello.txt': 'hello\n' } });
	const visitor = await Peer.init(t, { label: 'Visitor', host: other, config });
	await Promise.all([peer.start(), visitor.start()]);
	await visitor.sees(peer);
	return { lan, peer, visitor, before: await look(peer) };
}

async function look(peer) {
	const row = await peer.daemon('goopd');
	const status = readFileSync(`/proc/${row.pid}/status`, 'utf8');
	return { ...row, resident_kib: Number(/VmRSS:\s*(\d+)/.exec(status)[1]) };
}

async function visits(visitor, peer) {
	const got = await visitor.goop2('fetch', peer.id, '/hello.txt');
	assert.equal(got.stdout, 'hello\n', got.stderr);
}

// The same process, not much larger.
async function isUnharmed(peer, before) {
	const after = await look(peer);
	assert.equal(after.pid, before.pid);
	assert.equal(after.restarts, before.restarts);
	assert.ok(after.resident_kib < before.resident_kib + MEMORY_GROWTH_MAX_KIB,
		`${before.resident_kib} KiB became ${after.resident_kib} KiB`);
	return after;
}

const grown = (name, before, after) =>
	after.counters[name] - before.counters[name];

test('every manner of stranger is dropped and counted', options, async (t) => {
	const { lan, peer, visitor, before } = await setup(t);
	const strangers = MANNERS.map((manner) => ({ manner,
		...startStrangers(t, lan.host(),
			{ address: peer.host.ipv4, port: PORT, manner }) }));
	for (const stranger of strangers) {
		await stranger.there;
		await visits(visitor, peer);
	}
	for (const { manner, over } of strangers) {
		const told = await over;
		assert.equal(told.connected, 1, manner);
		assert.equal(told.open, 0, `${manner}: still connected`);
	}
	const after = await isUnharmed(peer, before);
	assert.ok(grown('connections_failed_upgrade', before, after) +
		grown('connections_abandoned', before, after) >=
		MANNERS.length, JSON.stringify(after.counters));
	assert.ok(grown('noise_handshakes_failed', before, after) >= 4);
	await visits(visitor, peer);
});

test('every fault on a secured connection ends it and is counted', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const strangers = FAULTS.map((manner) => ({ manner,
			...startStrangers(t, lan.host(),
				{ address: peer.host.ipv4, port: PORT, manner }) }));
		for (const { manner, over } of strangers)
			assert.equal((await over).open, 0, `${manner}: still connected`);
		const after = await isUnharmed(peer, before);
		const count = ['noise_handshakes_failed', 'noise_frames_forged',
			'yamux_session_faults']
			.reduce((sum, name) => sum + grown(name, before, after), 0);
		assert.ok(count >= FAULTS.length, JSON.stringify(after.counters));
		await visits(visitor, peer);
	});

test('no nuisance on a secured connection hurts the others', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const host = lan.host();
		for (const manner of NUISANCES) {
			const strangers = startStrangers(t, host,
				{ address: peer.host.ipv4, port: PORT, manner });
			assert.equal((await strangers.said).connected, 1, manner);
			for (let i = 0; i < 3; i++)
				await visits(visitor, peer);
			await isUnharmed(peer, before);
			await strangers.stop();
		}
		await visits(visitor, peer);
		const after = await isUnharmed(peer, before);
		for (const name of ['yamux_streams_refused', 'yamux_pongs_dropped',
			'yamux_frames_unknown', 'streams_failed_negotiation',
			'streams_over_peer_limit', 'site_requests_bad', 'identify_malformed',
			'pubsub_streams_malformed', 'pubsub_changes_dropped'])
			assert.ok(grown(name, before, after) > 0, name);
	});

test('who proposes tls first is told na, then heard', options, async (t) => {
	const { lan, peer } = await setup(t);
	const { over } = startStrangers(t, lan.host(), { address: peer.host.ipv4,
		port: PORT, manner: 'tls first, then silence' });
	const received = Buffer.from((await over).received, 'base64').toString();
	assert.equal(received, '\x13/multistream/1.0.0\n\x03na\n\x07/noise\n');
});

test('answers to endless proposals end', options, async (t) => {
	const { lan, peer } = await setup(t);
	const { over } = startStrangers(t, lan.host(), { address: peer.host.ipv4,
		port: PORT, manner: 'endless proposals' });
	const received = Buffer.from((await over).received, 'base64');
	assert.ok(received.length < 1024, `${received.length} bytes came back`);
});

test('a crowd from one address does not keep visitors out', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const crowd = startStrangers(t, lan.host(), { address: peer.host.ipv4,
			port: PORT, manner: 'silence', count: 1000 });
		await crowd.there;
		process.kill((await visitor.daemon('goopd')).pid, 'SIGKILL');
		await visitor.until('a visit', () => visits(visitor, peer)
			.then(() => true));
		const told = await crowd.over;
		assert.equal(told.open, 0);
		const after = await isUnharmed(peer, before);
		assert.ok(grown('accepts_refused_address', before, after) > 900);
	});

test('a crowd from many addresses does not keep visitors out', options,
	async (t) => {
		const { lan, peer, visitor, before } = await setup(t);
		const host = lan.host();
		const from = Array.from({ length: 125 }, (_, i) =>
			host.ipv4.replace(/\d+$/, String(100 + i)));
		host.run('sh', '-c', from.map((address) =>
			`ip addr add ${address}/24 dev eth0`).join('; '));
		for (const manner of ['silence', 'noise, then silence']) {
			const crowd = startStrangers(t, host, { address: peer.host.ipv4,
				port: PORT, manner, count: 1000, from });
			await crowd.there;
			const row = await visitor.daemon('goopd');
			process.kill(row.pid, 'SIGKILL'); // it has to connect anew
			await visitor.until('a visit', () => visits(visitor, peer)
				.then(() => true));
			assert.equal((await crowd.over).open, 0);
		}
		const after = await isUnharmed(peer, before);
		assert.ok(grown('accepts_displaced', before, after) > 1000);
	});
