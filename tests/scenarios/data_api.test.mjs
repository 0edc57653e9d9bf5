// The data API of the viewer before real databases: each call with its shape,
// as the original has it; what a peer lets others do; and what is left when
// goopd is killed.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { netnsMissing } from './lib/netns.mjs';
import { Peer, PATIENCE_MS, run } from './lib/peer.mjs';
import { NOBODY, ViewerScene, json, visit } from './lib/viewer_scene.mjs';

// A call of a peer's viewer; body undefined: GET.
async function call(peer, path, body, headers = {}) {
	const answer = await peer.http(`/api/${path}`, body === undefined ? { headers } :
		{ method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
	return { ...answer, json: () => JSON.parse(answer.body) };
}

// The answer, which must be a good one.
async function ask(...args) {
	const answer = await call(...args);
	assert.equal(answer.status, 200, `${args[1]}: ${answer.body}`);
	assert.equal(answer.headers['content-type'], 'application/json');
	return answer.json();
}

async function refused(status, words, ...args) {
	const answer = await call(...args);
	assert.equal(answer.status, status, `${args[1]}: ${answer.body}`);
	assert.match(answer.headers['content-type'], /^text\/plain/);
	assert.match(answer.body, words);
}

const NOTES = { name: 'notes', system_key: true, columns: [
	{ name: 'title', type: 'text', required: true },
	{ name: 'stars', type: 'integer', default: '0' },
	{ name: 'kind', type: 'enum', values: [{ key: 'a', label: 'A' }, { key: 'b', label: 'B' }] },
	{ name: 'code', type: 'guid', auto: true }],
access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } };
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

describe('data over HTTP', { skip: netnsMissing, timeout: 300000 }, () => {
	const scene = new ViewerScene('data-api');
	let alice, bob;
	before(async () => {
		await scene.open();
		({ alice, bob } = scene);
		for (const peer of [alice, bob]) {
			// The starter site has a table; here none but ours are wanted.
			await ask(peer, 'data/tables/delete', { table: 'guestbook' });
			await ask(peer, 'data/tables/create', { schema: NOTES });
		}
	});
	after(() => scene.close());

	describe('the own database', () => {
		const own = (path, body) => ask(alice, `data/${path}`, body);

		it('makes, describes and lists tables', async () => {
			assert.deepEqual(await own('tables/create', { name: 'posts', columns: [
				{ name: 'title', type: 'TEXT', not_null: true },
				{ name: 'likes', type: 'INTEGER', default: '0' }] }),
			{ status: 'created', table: 'posts', mode: 'classic' });
			assert.deepEqual(await own('tables/create', { name: 'typed', columns: [
				{ name: 'slug', type: 'text', key: true }] }),
			{ status: 'created', table: 'typed', mode: 'orm' });
			const tables = await own('tables');
			assert.deepEqual(tables.map(({ name, mode }) => [name, mode]).sort(),
				[['notes', 'orm'], ['posts', 'classic'], ['typed', 'orm']]);
			for (const { insert_policy, created_at } of tables) {
				assert.equal(typeof insert_policy, 'string');
				assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 3600000, created_at);
			}
			const { mode, schema } = await own('tables/describe', { table: 'notes' });
			assert.equal(mode, 'orm');
			assert.deepEqual(schema.columns.map(({ name }) => name),
				['title', 'stars', 'kind', 'code']);
			assert.deepEqual(schema.access, NOTES.access);
			const posts = await own('tables/describe', { table: 'posts' });
			assert.equal(posts.mode, 'classic');
			const { cid, ...title } = posts.columns.find(({ name }) => name === 'title');
			assert.ok(cid > 0);
			assert.deepEqual(title, { name: 'title', type: 'TEXT', not_null: true,
				default: null, pk: false });
			const schemas = await own('orm-schema');
			assert.deepEqual(Object.keys(schemas).sort(), ['notes', 'typed']);
			assert.equal((await own('tables/export-schema', { table: 'posts' })).name, 'posts');
		});

		it('keeps rows', async () => {
			assert.deepEqual(await own('insert', { table: 'notes',
				data: { title: 'Ä <b>', stars: 5, kind: 'a', _owner: 'me' } }),
			{ status: 'inserted', id: 1 });
			const [row, ...others] = await own('find', { table: 'notes' });
			assert.equal(others.length, 0);
			assert.deepEqual(Object.keys(row), ['_id', '_owner', '_owner_email',
				'_created_at', '_updated_at', 'title', 'stars', 'kind', 'code']);
			assert.equal(row._owner, alice.id);
			assert.equal(row.title, 'Ä <b>');
			assert.equal(row.stars, 5);
			assert.match(row.code, GUID);
			assert.match(row._created_at, TIME);
			assert.deepEqual(await own('update', { table: 'notes', id: 1,
				data: { stars: 4 } }), { status: 'updated' });
			assert.deepEqual(await own('find-one', { table: 'notes', fields: ['stars'],
				where: '_id = ?', args: [1] }), { stars: 4 });
		});

		it('answers questions in every form', async () => {
			for (const [title, stars] of [['x', 1], ['y', 2], ['y', 3]])
				await own('insert', { table: 'notes', data: { title, stars, kind: 'b' } });
			const of = { table: 'notes', where: 'kind = ?', args: ['b'] };
			assert.deepEqual(await own('find', { ...of, fields: ['title', 'stars'],
				order: 'stars DESC', limit: 2, offset: 1 }),
			[{ title: 'y', stars: 2 }, { title: 'x', stars: 1 }]);
			assert.deepEqual(await own('query', { ...of, columns: ['stars'], limit: 1 }),
				[{ stars: 1 }]);
			assert.deepEqual(await own('find', { table: 'notes', where: '0' }), []);
			assert.equal(await own('find-one', { table: 'notes', where: '0' }), null);
			assert.equal((await own('get-by', { table: 'notes', column: 'stars', value: 3 })).title, 'y');
			assert.equal(await own('get-by', { table: 'notes', column: 'stars', value: 99 }), null);
			assert.deepEqual(await own('exists', of), { exists: true });
			assert.deepEqual(await own('count', of), { count: 3 });
			assert.deepEqual(await own('pluck', { ...of, column: 'stars', order: 'stars DESC',
				limit: 2 }), [3, 2]);
			assert.deepEqual(await own('distinct', { ...of, column: 'title' }), ['x', 'y']);
			assert.deepEqual(await own('aggregate', { ...of, expr: 'SUM(stars) AS total' }),
				[{ total: 6 }]);
			assert.deepEqual(await own('aggregate', { ...of, expr: 'title, COUNT(*) AS n',
				group_by: 'title' }), [{ title: 'x', n: 1 }, { title: 'y', n: 2 }]);
			assert.deepEqual(await own('role', { table: 'notes' }), { role: 'owner',
				permissions: { read: true, insert: true, update: true, delete: true } });
		});

		it('changes many rows', async () => {
			assert.deepEqual(await own('update-where', { table: 'notes', data: { stars: 9 },
				where: 'title = ?', args: ['y'] }), { affected: 2 });
			assert.deepEqual(await own('delete-where', { table: 'notes',
				where: 'stars = ?', args: [9] }), { affected: 2 });
			const { status, id } = await own('upsert', { table: 'notes', key_col: 'title',
				data: { title: 'x', stars: 7 } });
			assert.equal(status, 'ok');
			assert.deepEqual(await own('find-one', { table: 'notes', fields: ['_id', 'stars'],
				where: 'title = ?', args: ['x'] }), { _id: id, stars: 7 });
			assert.deepEqual(await own('delete', { table: 'notes', id }), { status: 'deleted' });
		});

		it('changes tables', async () => {
			assert.deepEqual(await own('tables/add-column', { table: 'posts',
				column: { name: 'body', type: 'TEXT' } }), { status: 'added' });
			assert.deepEqual(await own('tables/drop-column', { table: 'posts', column: 'likes' }),
				{ status: 'dropped' });
			assert.deepEqual(await own('tables/rename', { old_name: 'posts', new_name: 'pages' }),
				{ status: 'renamed', new_name: 'pages' });
			assert.deepEqual(await own('tables/set-policy', { table: 'pages', policy: 'open' }),
				{ status: 'updated', policy: 'open' });
			const access = { read: 'open', insert: 'open', update: 'open', delete: 'local' };
			assert.equal((await own('tables/set-access', { table: 'pages', access })).status, 'updated');
			const roles = { writer: { read: true, insert: true, update: false, delete: false } };
			assert.equal((await own('tables/set-roles', { table: 'notes', roles })).status, 'updated');
			const { columns } = await own('tables/describe', { table: 'pages' });
			assert.deepEqual(columns.map(({ name }) => name).filter((name) => name[0] !== '_'),
				['title', 'body']);
			assert.deepEqual(await own('tables/delete', { table: 'pages' }),
				{ status: 'deleted', table: 'pages' });
		});

		it('gives back what was deleted', async () => {
			const trash = await own('trash');
			assert.equal(trash[0].table, 'pages');
			assert.equal(trash[0].kind, 'table');
			assert.deepEqual(await own('undo', { id: trash[0].id }),
				{ status: 'restored', table: 'pages' });
			assert.ok((await own('tables')).some(({ name }) => name === 'pages'));
		});

		it('says what is wrong', async () => {
			const wrong = (status, words, path, body) =>
				refused(status, words, alice, `data/${path}`, body);
			await wrong(400, /invalid json/, 'find', [1]);
			await wrong(400, /table name required/, 'find', {});
			await wrong(400, /invalid table name/, 'find', { table: 'a b' });
			await wrong(404, /no such table: nothing/, 'find', { table: 'nothing' });
			for (const table of ['_meta', '_tables', 'sqlite_master'])
				await wrong(404, /no such table/, 'find', { table });
			await wrong(400, /title/, 'insert', { table: 'notes', data: { stars: 1 } });
			await wrong(400, /invalid column name: nothing/, 'insert',
				{ table: 'notes', data: { title: 'x', nothing: 1 } });
			await wrong(404, /row not found/, 'update', { table: 'notes', id: 999,
				data: { title: 'x' } });
			await wrong(400, /placeholder/, 'find', { table: 'notes', where: 'title = ?' });
			await wrong(400, /\w/, 'find', { table: 'notes', where: '1; DROP TABLE notes' });
			await wrong(400, /lua scripting not enabled/, 'lua/list', {});
			await wrong(400, /policy/, 'tables/set-policy', { table: 'notes', policy: 'all' });
			await wrong(404, /no such call/, 'nothing', {});
		});
	});

	describe('the database of a peer', () => {
		const ofBob = (path, body) => ask(alice, `p/${bob.id}/data/${path}`, body);
		const refusedByBob = (status, words, path, body) =>
			refused(status, words, alice, `p/${bob.id}/data/${path}`, body);

		it('takes an entry, which its owner sees', async () => {
			assert.deepEqual(await ofBob('insert', { table: 'notes',
				data: { title: 'from Alice', stars: 3 } }), { status: 'inserted', id: 1 });
			const [row] = await ask(bob, 'data/find', { table: 'notes' });
			assert.equal(row.title, 'from Alice');
			assert.equal(row._owner, alice.id);
			assert.match(row.code, GUID);
		});

		it('is asked in every form', async () => {
			const of = { table: 'notes', where: 'stars = ?', args: [3] };
			assert.deepEqual(await ofBob('find', { ...of, fields: ['title'] }),
				[{ title: 'from Alice' }]);
			assert.deepEqual(await ofBob('find-one', { ...of, fields: ['stars'] }), { stars: 3 });
			assert.equal((await ofBob('get-by', { table: 'notes', column: 'stars', value: 3 })).title,
				'from Alice');
			assert.deepEqual(await ofBob('exists', of), { exists: true });
			assert.deepEqual(await ofBob('count', of), { count: 1 });
			assert.deepEqual(await ofBob('pluck', { ...of, column: 'title' }), ['from Alice']);
			assert.deepEqual(await ofBob('distinct', { ...of, column: 'title' }), ['from Alice']);
			assert.deepEqual(await ofBob('aggregate', { ...of, expr: 'COUNT(*) AS n' }), [{ n: 1 }]);
			assert.deepEqual(await ofBob('find', { table: 'notes', where: '0' }), []);
			assert.equal(await ofBob('find-one', { table: 'notes', where: '0' }), null);
			assert.deepEqual((await ofBob('tables')).map(({ name }) => name), ['notes']);
			assert.equal((await ofBob('tables/describe', { table: 'notes' })).mode, 'orm');
			assert.deepEqual(Object.keys(await ofBob('orm-schema')), ['notes']);
			assert.deepEqual(await ofBob('role', { table: 'notes' }),
				{ role: '', permissions: null });
		});

		it('lets a visitor change what is his', async () => {
			await ask(bob, 'data/insert', { table: 'notes', data: { title: 'of Bob' } });
			assert.deepEqual(await ofBob('update', { table: 'notes', id: 1, data: { stars: 4 } }),
				{ status: 'updated' });
			await refusedByBob(404, /not owned by caller/, 'update',
				{ table: 'notes', id: 2, data: { title: 'x' } });
			await refusedByBob(404, /not owned by caller/, 'delete', { table: 'notes', id: 2 });
			assert.deepEqual(await ofBob('delete-where', { table: 'notes', where: '1' }),
				{ affected: 1 });
			assert.deepEqual(await ask(bob, 'data/pluck', { table: 'notes', column: 'title' }),
				['of Bob']);
		});

		it('lets only its owner change tables', async () => {
			const columns = [{ name: 'a', type: 'TEXT' }];
			for (const [path, body] of Object.entries({
				'tables/create': { name: 'mine', columns },
				'tables/delete': { table: 'notes' },
				'tables/rename': { old_name: 'notes', new_name: 'mine' },
				'tables/add-column': { table: 'notes', column: columns[0] },
				'tables/drop-column': { table: 'notes', column: 'title' } }))
				await refusedByBob(403, /not allowed for remote peers/, path, body);
			for (const path of ['tables/set-policy', 'tables/set-access', 'undo',
				'tables/export-schema', 'export-rows'])
				await refusedByBob(404, /no such call/, path, { table: 'notes' });
			assert.equal((await call(alice, `p/${bob.id}/data/trash`)).status, 404);
			assert.equal((await call(alice, `p/${bob.id}/data/export?table=notes&format=csv`)).status, 404);
		});

		it('hides what is not for visitors', async () => {
			await ask(bob, 'data/tables/create', { name: 'diary', columns: [{ name: 'a', type: 'TEXT' }] });
			await ask(bob, 'data/tables/set-policy', { table: 'diary', policy: 'local' });
			await refusedByBob(403, /not allowed/, 'find', { table: 'diary' });
			await refusedByBob(404, /no such table/, 'find', { table: '_meta' });
			assert.deepEqual((await ofBob('tables')).map(({ name }) => name), ['notes']);
		});

		it('is told apart from a peer that is not there', async () => {
			await refused(502, /\w/, alice, `p/${NOBODY}/data/tables`);
			await refused(400, /not a peer id/, alice, 'p/nobody/data/tables');
		});
	});

	describe('at the origin of a site', () => {
		const at = (path, body, headers = {}) => call(alice, path, body, { Host: scene.site,
			Origin: `http://${scene.site}`, 'Sec-Fetch-Site': 'same-origin', ...headers });

		it('a page reaches the data of its own peer', async () => {
			assert.deepEqual((await at(`p/${bob.id}/data/insert`, { table: 'notes',
				data: { title: 'from the page' } })).json().status, 'inserted');
			const rows = (await at(`p/${bob.id}/data/find`, { table: 'notes',
				where: 'title = ?', args: ['from the page'] })).json();
			assert.equal(rows[0]._owner, alice.id);
			assert.equal((await at(`p/${bob.id}/data/tables`)).status, 200);
		});

		it('and nothing else', async () => {
			for (const path of [`p/${alice.id}/data/find`, `p/${NOBODY}/data/find`, 'data/find',
				'data/insert', 'data/tables', 'data/tables/delete', 'data/undo',
				`p/${bob.id}/data/../../${alice.id}/data/find`, 'settings/quick'])
				assert.ok([404, 405].includes((await at(path, { table: 'notes' })).status), path);
			for (const path of [`p/${alice.id}/data/tables`, 'data/tables', 'data/trash',
				'data/events', 'data/export?table=notes&format=csv', `p/${bob.id}/data/events`,
				`p/${alice.id}/data/events`, 'peers', 'logs', 'settings/quick/get', 'status'])
				assert.equal((await at(path)).status, 404, path);
		});

		it('no other page drives it', async () => {
			const find = [`p/${bob.id}/data/find`, { table: 'notes' }];
			for (const headers of [{ Origin: scene.origin }, { Origin: 'null' },
				{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' },
				{ 'Sec-Fetch-Site': 'same-site' }])
				assert.equal((await at(...find, headers)).status, 403);
			for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
				assert.equal((await at(...find, { 'Content-Type': type })).status, 415);
		});

		it('of his own the owner\'s page acts as the owner', async () => {
			const { headers } = await scene.get(`/p/${alice.id}/`, visit);
			const { host } = new URL(headers.location);
			const { status, json: rows } = await call(alice, `p/${alice.id}/data/tables/create`,
				{ name: 'made_by_page', columns: [{ name: 'a', type: 'TEXT' }] },
				{ Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' });
			assert.equal(status, 200);
			assert.equal(rows().status, 'created');
			assert.equal((await call(alice, 'data/tables', undefined, { Host: host })).status, 404);
		});
	});

	describe('downloads', () => {
		before(async () => {
			await ask(alice, 'data/tables/create', { name: 'many', columns: [
				{ name: 'text', type: 'TEXT' }, { name: 'n', type: 'INTEGER' }] });
			for (let n = 0; n < 1200; n += 100)
				await Promise.all(Array.from({ length: 100 }, (_, i) =>
					ask(alice, 'data/insert', { table: 'many', data: {
						text: `say "${n + i}",\nÄ`, n: n + i } })));
		});

		it('are whole: JSON', async () => {
			const answer = await call(alice, 'data/export?table=many&format=json');
			assert.equal(answer.status, 200);
			assert.equal(answer.headers['content-disposition'], 'attachment; filename="many.json"');
			const rows = answer.json();
			assert.equal(rows.length, 1200);
			assert.deepEqual([...new Set(rows.map(({ n }) => n))].sort((a, b) => a - b),
				Array.from({ length: 1200 }, (_, n) => n));
			assert.ok(rows.every(({ text, n }) => text === `say "${n}",\nÄ`));
		});

		it('are whole: CSV', async () => {
			const { status, headers, body } = await call(alice, 'data/export?table=many&format=csv');
			assert.equal(status, 200);
			assert.equal(headers['content-type'], 'text/csv; charset=utf-8');
			const [head, ...lines] = body.split('\r\n');
			assert.match(head, /^_id,.*text,n$/);
			assert.equal(lines.pop(), '');
			assert.equal(lines.length, 1200);
			assert.match(lines[0], /,"say ""\d+"",\nÄ",\d+$/);
		});

		it('of nothing are empty', async () => {
			await ask(alice, 'data/tables/create', { name: 'empty', columns: [{ name: 'a', type: 'TEXT' }] });
			assert.deepEqual((await call(alice, 'data/export?table=empty&format=json')).json(), []);
		});

		it('of what is no table are refused', async () => {
			await refused(404, /no such table/, alice, 'data/export?table=nothing&format=csv');
			await refused(404, /no such table/, alice, 'data/export?table=_meta&format=csv');
			await refused(400, /table name required/, alice, 'data/export');
			await refused(400, /csv or json/, alice, 'data/export?table=many&format=xml');
		});
	});

	it('large answers come whole', async () => {
		const text = 'x'.repeat(100000);
		await ask(alice, 'data/tables/create', { name: 'large', columns: [{ name: 'text', type: 'TEXT' }] });
		for (let i = 0; i < 20; i++)
			await ask(alice, 'data/insert', { table: 'large', data: { text } });
		const rows = await ask(alice, 'data/find', { table: 'large' });
		assert.equal(rows.length, 20);
		assert.ok(rows.every((row) => row.text === text));
	});

	it('requests have a limit', async () => {
		const find = (size) => ({ table: 'notes', where: 'title = ?', args: ['x'.repeat(size)] });
		assert.equal((await call(alice, 'data/count', find(900 * 1024))).status, 200);
		assert.equal((await call(alice, 'data/count', find(970 * 1024))).status, 413);
	});

	it('changes are told to pages', async () => {
		const listen = async (path) => (await run(['curl', '-sN', '--max-time', '5',
			`${scene.origin}${path}`], { host: alice.host })).stdout;
		const listening = Promise.all([listen('/api/data/events'),
			listen(`/api/p/${alice.id}/data/events`)]);
		let over = false;
		listening.then(() => { over = true; });
		while (!over) // as long as they listen, whenever they began
			await ask(alice, 'data/insert', { table: 'many', data: { n: -1 } });
		for (const text of await listening) {
			assert.match(text, /event: snapshot\ndata: \{\}/);
			assert.match(text, /event: changed\ndata: \{"table":"many"\}/);
		}
	});
});

// Inserts as fast as they are answered, eight at a time, until it is stopped;
// then prints the texts that were acknowledged.
const WRITER = `
	const [origin, path] = process.argv.slice(1);
	const done = [];
	let stops = false;
	process.stdin.on('data', () => { stops = true; });
	async function write(name) {
		for (let n = 0; !stops; n++) {
			const text = name + n;
			const answer = await fetch(origin + path, { method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify({ table: 'log', data: { text } }) }).catch(() => {});
			if (answer?.status === 200 && (await answer.json()).status === 'inserted')
				done.push(text);
		}
	}
	Promise.all([...'abcdefgh'].map(write)).then(() => {
		console.log(JSON.stringify(done));
		process.exit();
	});`;

describe('data and kill -9', { timeout: 300000 }, () => {
	it('of goopd, when it stays away: a clear answer, and then again rows', async (t) => {
		const peer = await Peer.init(t);
		await peer.start();
		await ask(peer, 'data/tables/create', { name: 'log', columns: [{ name: 'text', type: 'TEXT' }] });
		const insert = () => call(peer, 'data/insert', { table: 'log', data: { text: 'x' } });
		const { pid } = await peer.daemon('goopd');
		peer.child.kill('SIGSTOP'); // nobody restarts it
		try {
			process.kill(pid, 'SIGKILL');
			const answer = await insert();
			assert.equal(answer.status, 503);
			assert.equal(answer.headers['retry-after'], '2');
			assert.match(answer.body, /restarting/);
		} finally {
			peer.child.kill('SIGCONT');
		}
		await peer.until('rows to be taken again', async () => (await insert()).status === 200);
		assert.deepEqual(await ask(peer, 'data/count', { table: 'log' }), { count: 1 });
	});

	for (const name of ['goopd', 'goop-viewerd']) it(`of ${name}: what was acknowledged is there, once`, async (t) => {
		const peer = await Peer.init(t);
		await peer.start();
		await ask(peer, 'data/tables/create', { name: 'log', columns: [{ name: 'text', type: 'TEXT' }] });
		const writer = spawn(process.execPath, ['-e', WRITER, new URL(peer.url).origin,
			'/api/data/insert'], { stdio: ['pipe', 'pipe', 'inherit'] });
		let out = '';
		writer.stdout.on('data', (data) => { out += data; });
		const ended = new Promise((done) => { writer.on('close', done); });
		const count = async () => {
			const { status, json: answer } = await call(peer, 'data/count', { table: 'log' })
				.catch(() => ({})); // nobody serves
			return status === 200 ? answer().count : 0;
		};
		let seen = 0;
		for (let round = 0; round < 5; round++) {
			await peer.until('more rows', async () => await count() > seen + 50);
			seen = await count();
			process.kill((await peer.daemon(name)).pid, 'SIGKILL');
		}
		writer.stdin.write('stop');
		const timer = setTimeout(() => writer.kill('SIGKILL'), PATIENCE_MS * 3);
		await ended;
		clearTimeout(timer);
		const acknowledged = JSON.parse(out);
		await peer.until('the last rows', async () => await count() >= seen);
		const texts = await ask(peer, 'data/pluck', { table: 'log', column: 'text' });
		assert.equal(new Set(texts).size, texts.length, 'none is there twice');
		const there = new Set(texts);
		assert.deepEqual(acknowledged.filter((text) => !there.has(text)), [],
			'each acknowledged one is there');
		assert.ok(acknowledged.length > 200);
		if (name === 'goopd')
			await peer.until('the viewer to have asked again', async () =>
				(await peer.daemon('goop-viewerd')).counters.data_queries_repeated > 0);
	});
});
