// Strangers at the relay beside a server, and a relay that dies: those who are
// present at the server notice nothing, or little.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { RELAY_MANNERS, relayStranger } from './lib/relay_stranger.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const options = { skip: netnsMissing ?? false, timeout: 300000 };
const PORT = 4001;
const MEMORY_GROWTH_MAX_KIB = 16 * 1024;
const RELAY = { presence: { relay_port: PORT, admin_password: 'x' } };

// A server with its relay, and two peers who reach each other by it only.
async function setup(t) {
	const internet = Internet.create(t);
	const server = await Rendezvous.start(t, { host: internet.lan().host(),
		config: RELAY });
	const [visited, visitor] = await Promise.all(['Visited', 'Visitor'].map(
		(label) => Peer.init(t, { label,
			host: internet.home({ kind: 'symmetric' }).host(),
			config: { presence: { ttl_seconds: 6, heartbeat_seconds: 2,
				rendezvous_wan: server.url } },
			files: { 'hello.txt': 'hello\n' } })));
	await Promise.all([visited.start(), visitor.start()]);
	await Promise.all([visitor.sees(visited), visited.sees(visitor)]);
	await visits(visitor, visited);
	return { internet, server, visited, visitor };
}

async function look(server) {
	const row = await server.daemon('goop-relayd');
	const status = readFileSync(`/proc/${row.pid}/status`, 'utf8');
	return { ...row, resident_kib: Number(/VmRSS:\s*(\d+)/.exec(status)[1]) };
}

async function visits(visitor, visited) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.stdout, 'hello\n', got.stderr);
}

// What each is told, and nothing else.
const expected = {
	'reservations under new ids': ['status 100', 'status 200'],
	'circuits of strangers': ['status 202'],
	'a thousand reservations': ['status 100', 'status 200', 'reset'],
	'circuits to nobody': ['status 202', 'status 204', 'reset'],
	garbage: ['status 400'],
	'an endless message': ['status 400', 'reset'],
	'another type': ['status 401'],
	'streams without a word': ['reset']
};

test('every misuse is refused, and hurts nobody else', options, async (t) => {
	const { internet, server, visited, visitor } = await setup(t);
	const before = await look(server);
	const host = internet.lan().host();
	for (const manner of RELAY_MANNERS) {
		const telling = relayStranger(t, host, { address: server.host.ipv4,
			port: PORT, manner, target: visited.id });
		let over = false;
		telling.finally(() => { over = true; }).catch(() => {});
		do
			await visits(visitor, visited);
		while (!over);
		const told = await telling;
		for (const answer of Object.keys(told))
			assert.ok(expected[manner].includes(answer),
				`${manner}: ${JSON.stringify(told)}`);
		if (manner === 'reservations under new ids')
			assert.ok(told['status 100'] <= 64, JSON.stringify(told));
		const after = await look(server);
		assert.equal(after.pid, before.pid, manner);
		assert.ok(after.resident_kib <
			before.resident_kib + MEMORY_GROWTH_MAX_KIB,
		`${manner}: ${before.resident_kib} KiB became ` +
			`${after.resident_kib} KiB`);
	}
	const { counters } = await look(server);
	for (const name of ['reservations_over_group', 'circuits_of_strangers',
		'relay_requests_malformed'])
		assert.ok(counters[name] > 0, name);
	await server.until('the refusals, shown to the administrator', async () =>
		/relay_refused_total \d{3,}\n/.test((await server.ask('/metrics',
			{ more: ['-u', 'admin:x'] })).body));
	assert.match((await visited.daemon('goopd')).status, /a place at 1 relay/);
});

test('a relay that was killed: places are taken again', options, async (t) => {
	const { server, visited, visitor } = await setup(t);
	const { pid } = await look(server);
	process.kill(pid, 'SIGKILL');
	await server.until('another process', async () => {
		const row = await server.daemon('goop-relayd');
		return row.pid && row.pid !== pid;
	});
	await Promise.all([visited, visitor].map((peer) => peer.until(
		'the place', async () => /a place at 1 relay/.test(
			(await peer.daemon('goopd')).status))));
	await visitor.until('a visit', async () => (await visitor.goop2('fetch',
		visited.id, '/hello.txt')).stdout === 'hello\n');
	const { body } = await server.ask('/relay');
	assert.equal(JSON.parse(body).addrs[0].split('/').at(-1),
		JSON.parse(body).peer_id);
});
