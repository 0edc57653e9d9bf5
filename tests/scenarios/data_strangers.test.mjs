// Strangers who misuse /goop/data/1.0.0: each gets a refusal in bounded time,
// goopd stays as large as it was, and visitors notice nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DataBus, dataBusMissing } from './lib/data_bus.mjs';
import { DATA_MANNERS, dataStranger } from './lib/data_stranger.mjs';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';

const options = { skip: netnsMissing ?? dataBusMissing ?? false };
const PORT = 41001;
const MEMORY_GROWTH_MAX_KIB = 96 * 1024; // DATA_BYTES, and what SQLite caches
const config = {
	p2p: { listen_port: PORT },
	presence: { ttl_seconds: 6, heartbeat_seconds: 1 }
};
const open = { read: 'open', insert: 'owner', update: 'owner',
	delete: 'owner' };
const hidden = ['hidden', '_tables', '_orm_schemas', '_access', '_requests',
	'_trash', '_groups', '_meta', 'sqlite_master', 'sqlite_schema',
	'sqlite_sequence', 'temp.sqlite_master', 'main.hidden', '"hidden"',
	'hidden--', 'open; DROP TABLE open', 'pragma_table_info', ''];

async function setup(t) {
	const lan = Network.create(t);
	const [host, other] = [lan.host(), lan.host()];
	const peer = await Peer.init(t, { label: 'Victim', host, config });
	const visitor = await Peer.init(t, { label: 'Visitor', host: other, config });
	await Promise.all([peer.start(), visitor.start()]);
	await visitor.sees(peer);
	const owner = new DataBus(t, peer);
	const guest = new DataBus(t, visitor);
	const column_defs = [{ name: 'text', type: 'TEXT', not_null: false,
		default: '' }];
	for (const table of ['open', 'hidden'])
		await owner.own({ op: 'create-table', table, column_defs });
	await owner.own({ op: 'set-access', table: 'open', access: open });
	await owner.own({ op: 'set-policy', table: 'hidden', policy: 'local' });
	for (let i = 0; i < 70; i++)
		await owner.own({ op: 'insert', table: 'open',
			data: { text: 'a'.repeat(100000) } });
	await owner.own({ op: 'insert', table: 'hidden', data: { text: 'x' } });
	return { lan, peer, owner, visitor, guest };
}

async function look(peer) {
	const row = await peer.daemon('goopd');
	const status = readFileSync(`/proc/${row.pid}/status`, 'utf8');
	return { ...row, resident_kib: Number(/VmRSS:\s*(\d+)/.exec(status)[1]) };
}

const error = (words, code) => `{"ok":false,"error":"${words}","code":"${code}"}`;

const tooLarge = error('busy: too many large requests are under way', 'busy');

// Of one peer no more than 4 MiB of requests wait.
const tooMuch = error('rate limit exceeded', 'busy');

// What each must be told, and nothing else.
const expected = {
	garbage: [/invalid json/],
	truncated: [/invalid json/],
	nothing: [/invalid json/],
	sealed: [error('decrypt error', 'bad_request')],
	oversized: [error('read error: the request has more than 1 MiB',
		'too_large'), tooLarge],
	silent: ['reset'],
	slow: ['reset'],
	'large and unended': ['reset', tooLarge],
	'ten thousand': ['{"ok":true,"data":...'],
	'a thousand at once': ['{"ok":true,"data":...', 'reset'],
	'left at once': ['{"ok":true,"data":...', 'reset'],
	'deep JSON': [/invalid json/, tooMuch],
	'wide JSON': [/"bad_request"/, tooMuch],
	'tables of others': [/"not_found"/, /"forbidden"/, /"bad_request"/],
	'schema changes': [error('schema operations not allowed for remote peers',
		'forbidden')],
	'answers unread': ['deaf'],
	'slow queries': [/"timeout"/, /"busy"/]
};

test('every misuse is refused, and hurts nobody else', options, async (t) => {
	const { lan, peer, owner, guest } = await setup(t);
	const host = lan.host();
	await guest.ask(peer.id, { op: 'count', table: 'open' });
	const before = await look(peer);
	for (const manner of DATA_MANNERS) {
		const telling = dataStranger(t, host, { address: peer.host.ipv4,
			port: PORT, manner, tables: hidden });
		let over = false;
		telling.finally(() => { over = true; }).catch(() => {});
		// Meanwhile a visitor is served.
		do {
			assert.deepEqual(await guest.ask(peer.id,
				{ op: 'count', table: 'open' }), { count: 70 }, manner);
		} while (!over);
		for (const answer of Object.keys(await telling))
			assert.ok(expected[manner].some((wanted) => wanted instanceof RegExp ?
				wanted.test(answer) : wanted === answer), `${manner}: ${answer}`);
		const after = await look(peer);
		assert.equal(after.pid, before.pid, manner);
		assert.ok(after.resident_kib <
			before.resident_kib + MEMORY_GROWTH_MAX_KIB,
			`${manner}: ${before.resident_kib} KiB became ` +
			`${after.resident_kib} KiB`);
	}
	assert.deepEqual((await owner.own({ op: 'query', table: 'hidden' }))
		.map((row) => row.text), ['x']);
	assert.deepEqual(await owner.own({ op: 'count', table: 'open' }),
		{ count: 70 });
	const after = await look(peer);
	for (const name of ['data_visits_bad', 'data_visits_left',
		'streams_expired', 'streams_over_memory'])
		assert.ok(after.counters[name] > before.counters[name], name);
});
