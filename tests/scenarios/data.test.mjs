// Databases of peers on a LAN: visitors write to them and read from them, under
// the owner's rules; what is acknowledged survives. Over the bus, as siblings
// of goopd ask.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataBus, dataBusMissing, slowWhere } from './lib/data_bus.mjs';
import { Network, netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';

const options = { skip: netnsMissing ?? dataBusMissing ?? false };
const quick = { presence: { ttl_seconds: 6, heartbeat_seconds: 1 } };
const open = { read: 'open', insert: 'open', update: 'owner', delete: 'owner' };
const WRITES = 10000;
const UNDER_WAY = 32; // less than STORE_WAITING_PER_CALLER

async function startPeers(t, count) {
	const lan = Network.create(t);
	const peers = await Promise.all(Array.from({ length: count },
		(_, i) => Peer.init(t, { label: `Peer ${i}`, host: lan.host(),
			config: { ...quick, profile: { email: `p${i}@example.org` } },
			files: { 'hello.txt': 'hello\n' } })));
	await Promise.all(peers.map((peer) => peer.start()));
	for (const peer of peers)
		peer.data = new DataBus(t, peer);
	await Promise.all(peers.flatMap((a) => peers.filter((b) => a !== b)
		.map((b) => a.sees(b))));
	return peers;
}

async function makeTable(peer, table, access = open, column_defs = [
	{ name: 'text', type: 'TEXT', not_null: false, default: '' }]) {
	await peer.data.own({ op: 'create-table', table, column_defs });
	await peer.data.own({ op: 'set-access', table, access });
}

const insert = (table, data) => ({ op: 'insert', table, data });
const rows = (table) => ({ op: 'query', table, limit: 1000 });
const refusal = (code, message) => (error) => {
	assert.equal(error.code, code, error.message);
	assert.match(error.message, message);
	return true;
};

test('a visitor signs a guestbook, the owner sees it at once', options,
	async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'book');
		await owner.until('the e-mail of the visitor', async () => (await
			owner.peers()).some((row) => row.email === 'p1@example.org'));
		owner.data.mark();
		const made = await visitor.data.ask(owner.id,
			insert('book', { text: 'Grüße "von" mir\n' }));
		assert.equal(made.status, 'inserted');
		await owner.data.changed('book');
		const [row] = await owner.data.own(rows('book'));
		assert.equal(row._id, made.id);
		assert.equal(row._owner, visitor.id);
		assert.equal(row._owner_email, 'p1@example.org');
		assert.equal(row.text, 'Grüße "von" mir\n');
		assert.deepEqual(await visitor.data.ask(owner.id, rows('book')),
			[row]);
		await visitor.data.ask(owner.id, { op: 'update', table: 'book',
			id: made.id, data: { text: 'better' } });
		await visitor.data.ask(owner.id, { op: 'delete', table: 'book',
			id: made.id });
		assert.deepEqual(await owner.data.own(rows('book')), []);
	});

test('a visitor may do what the rules say, and no more', options,
	async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'shown');
		await makeTable(owner, 'hidden', { read: 'local', insert: 'local',
			update: 'local', delete: 'local' });
		for (const table of ['shown', 'hidden'])
			await owner.data.own(insert(table, { text: 'the owner’s' }));
		const ask = (request) => visitor.data.ask(owner.id, request);
		await assert.rejects(ask(rows('hidden')), refusal('forbidden',
			/table is local-only/));
		await assert.rejects(ask(insert('hidden', { text: 'x' })),
			refusal('forbidden', /not allowed/));
		const told = (await ask({ op: 'tables' })).map((one) => one.name);
		assert.ok(told.includes('shown') && !told.includes('hidden'), told);
		await assert.rejects(ask({ op: 'update', table: 'shown', id: 1,
			data: { text: 'mine' } }), refusal('not_found',
			/row not found or not owned by caller/));
		await assert.rejects(ask({ op: 'delete', table: 'shown', id: 1 }),
			refusal('not_found', /row not found or not owned by caller/));
		for (const table of ['_tables', '_orm_schemas', 'sqlite_master', '_trash',
			'_requests', 'nothing'])
			await assert.rejects(ask(rows(table)), refusal('not_found',
				/no such table/), table);
		for (const request of [{ op: 'create-table', column_defs: [] },
			{ op: 'drop-column', column: 'text' }, { op: 'delete-table' },
			{ op: 'set-access', access: { read: 'open' } },
			{ op: 'undo', id: 1 }, { op: 'trash' },
			{ op: 'export-rows', format: 'csv' }])
			await assert.rejects(ask({ table: 'shown', ...request }),
				refusal('forbidden',
					/schema operations not allowed for remote peers/), request.op);
		const [row] = await owner.data.own(rows('shown'));
		assert.equal(row.text, 'the owner’s');
	});

test('five peers write into one table at once', options, async (t) => {
	const peers = await startPeers(t, 5);
	const [owner, ...visitors] = peers;
	await makeTable(owner, 'book');
	await Promise.all(visitors.flatMap((visitor) =>
		Array.from({ length: 50 }, (_, i) =>
			visitor.data.ask(owner.id, insert('book', { text: `${i}` })))));
	const all = await owner.data.own(rows('book'));
	assert.equal(all.length, 200);
	assert.equal(new Set(all.map((row) => row._id)).size, 200);
	for (const visitor of visitors)
		assert.equal(all.filter((row) => row._owner === visitor.id).length, 50);
	// Each may take back its own, and nobody else's.
	await Promise.all(visitors.map((visitor) => visitor.data.ask(owner.id,
		{ op: 'delete-where', table: 'book', where: 'text < ?',
			args: ['2'] })));
	const left = await visitors[0].data.ask(owner.id, rows('book'));
	assert.ok(left.every((row) => row.text >= '2'));
});

test('a large answer comes whole, here and there', options, async (t) => {
	const [owner, visitor] = await startPeers(t, 2);
	await makeTable(owner, 'texts');
	const text = 'long "text" '.repeat(60000);
	for (let i = 0; i < 5; i++)
		await owner.data.own(insert('texts', { text }));
	for (const got of [await owner.data.own(rows('texts')),
		await visitor.data.ask(owner.id, rows('texts'))]) {
		assert.equal(got.length, 5);
		assert.ok(got.every((row) => row.text === text));
	}
});

test('a peer that is away is said to be so', options, async (t) => {
	const [owner, visitor] = await startPeers(t, 2);
	await owner.stop();
	await assert.rejects(visitor.data.ask(owner.id, { op: 'tables' }),
		(error) => ['unreachable', 'timeout'].includes(error.code));
	await assert.rejects(visitor.data.ask('nonsense', { op: 'tables' }),
		refusal('bad_request', /not a peer id/));
});

test('a slow query holds up neither visits nor other queries', options,
	async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'texts');
		for (let i = 0; i < 50; i++)
			await owner.data.own(insert('texts', { text: 'a'.repeat(100000) }));
		let answered = 0;
		const slow = Array.from({ length: 8 }, () => visitor.data.ask(owner.id,
			{ op: 'count', table: 'texts', where: slowWhere })
			.catch((error) => error.code).finally(() => answered++));
		const got = await visitor.goop2('fetch', owner.id, '/hello.txt');
		assert.equal(got.stdout, 'hello\n', got.stderr);
		await owner.data.own({ op: 'tables' });
		assert.ok(answered < 8, 'the queries were not slow');
		assert.deepEqual(new Set(await Promise.all(slow)),
			new Set(['timeout']));
	});

// Write number 0 to WRITES - 1, so many under way; what fails because goopd is
// away is sent again. Each time that a quarter is acknowledged, victim's goopd
// is killed. Returns what was acknowledged, and how often it was killed.
async function writeAndKill(data, victim, make) {
	const acknowledged = new Map(), killing = [];
	let next = 0;
	const write = async (n) => {
		try {
			acknowledged.set(n, (await data.ask(victim.id, make(n))).id);
		} catch (error) {
			if (!['unreachable', 'timeout', 'busy'].includes(error.code))
				throw error;
			await new Promise((wake) => setTimeout(wake, 20));
			return write(n);
		}
		if (acknowledged.size % (WRITES / 4) === 0 && acknowledged.size < WRITES)
			killing.push(killGoopd(victim));
	};
	await Promise.all(Array.from({ length: UNDER_WAY }, async () => {
		while (next < WRITES)
			await write(next++);
	}));
	return { acknowledged, kills: (await Promise.all(killing)).length };
}

async function killGoopd(peer) {
	const { pid } = await peer.until('goopd', async () => {
		const row = await peer.daemon('goopd');
		return row.pid && row;
	});
	process.kill(pid, 'SIGKILL');
}

async function allNumbers(peer, table) {
	const numbers = [];
	for (let after = 0; ;) {
		const page = await peer.data.own({ op: 'query', table,
			columns: ['_id', 'n'], where: '_id > ?', args: [after],
			order: '_id', limit: 5000 });
		if (page.length === 0)
			return numbers;
		numbers.push(...page);
		after = page.at(-1)._id;
	}
}

const numbered = [{ name: 'n', type: 'INTEGER', not_null: true,
	default: '0' }];

for (const who of ['a visitor', 'the owner'])
	test(`kill -9 during 10,000 writes of ${who}: each is there once`, options,
		async (t) => {
			const [owner, visitor] = await startPeers(t, 2);
			await makeTable(owner, 'numbers', open, numbered);
			const { acknowledged, kills } = await writeAndKill(
				who === 'the owner' ? owner.data : visitor.data, owner,
				(n) => ({ ...insert('numbers', { n }), request_id: `id-${n}` }));
			assert.equal(kills, 3);
			const there = await owner.until('the database', () =>
				allNumbers(owner, 'numbers'));
			const byId = new Map(there.map((row) => [row._id, row.n]));
			for (const [n, id] of acknowledged)
				assert.equal(byId.get(id), n, `write ${n}`);
			assert.equal(acknowledged.size, WRITES);
			assert.equal(there.length, WRITES, 'none is there twice');
			assert.equal(new Set(there.map((row) => row.n)).size, WRITES);
		});

// Without a request id nobody can tell what was not acknowledged.
test('kill -9 during writes without an id: what was acknowledged is there',
	options, async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'numbers', open, numbered);
		const { acknowledged } = await writeAndKill(visitor.data, owner,
			(n) => insert('numbers', { n }));
		const there = await owner.until('the database', () =>
			allNumbers(owner, 'numbers'));
		const byId = new Map(there.map((row) => [row._id, row.n]));
		for (const [n, id] of acknowledged)
			assert.equal(byId.get(id), n, `write ${n}`);
		assert.ok(there.length >= WRITES);
		assert.ok(there.length <= WRITES + 3 * UNDER_WAY);
	});

test('whose e-mail it is, goopd knows again after it died', options,
	async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'book');
		await owner.until('the e-mail of the visitor', async () => (await
			owner.peers()).some((row) => row.email === 'p1@example.org'));
		await killGoopd(owner);
		await owner.until('a row with it', async () => {
			await visitor.data.ask(owner.id, insert('book', { text: 'hi' }));
			const all = await owner.data.own(rows('book'));
			return all.at(-1)._owner_email === 'p1@example.org';
		});
		// The own one too, from the configuration.
		await makeTable(visitor, 'book');
		await visitor.data.own(insert('book', { text: 'mine' }));
		const [row] = await visitor.data.own(rows('book'));
		assert.equal(row._owner_email, 'p1@example.org');
	});

test('a damaged database is told, left as it is, and holds up nothing else',
	options, async (t) => {
		const [owner, visitor] = await startPeers(t, 2);
		await makeTable(owner, 'book');
		await owner.stop();
		const file = join(owner.directory, 'data.db');
		const damaged = Buffer.concat([Buffer.from('this is no database\n'),
			readFileSync(file).subarray(20)]);
		writeFileSync(file, damaged);
		await owner.start();
		await visitor.sees(owner);
		await assert.rejects(owner.data.own({ op: 'tables' }),
			refusal('internal', /database/));
		await assert.rejects(visitor.data.ask(owner.id, { op: 'tables' }));
		const got = await visitor.goop2('fetch', owner.id, '/hello.txt');
		assert.equal(got.stdout, 'hello\n', got.stderr);
		const { status } = await owner.daemon('goopd');
		assert.match(status, /database cannot be used/);
		await owner.stop();
		assert.ok(readFileSync(file).equals(damaged));
	});
