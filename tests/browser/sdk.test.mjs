// Goop.data and what comes with it, in a real browser against a viewer that can
// fail on purpose.
import { after, before, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { chromiumMissing, complaints, openBrowser } from './lib/browser.mjs';
import { BOB, CAROL, MockViewer, ORIGINAL_POLICY, OWNER } from './lib/mock_viewer.mjs';

const html = (body, ...scripts) => `<!doctype html><html lang="en"><meta charset="utf-8">
<title>A page</title>${scripts.map((name) => `<script src="/sdk/${name}.js"></script>`).join('')}
<body>${body}`;

const HOSTILE = '<img src=x onerror="document.title=\'owned\'">"\'&';
const ROWS = [
	{ title: 'One', rank: 3 },
	{ title: 'Two', rank: 1, _owner: BOB },
	{ title: 'Three', rank: 3, _owner: CAROL },
];
const POSTS = { name: 'posts', system_key: true, columns: [
	{ name: 'title', type: 'text', required: true }, { name: 'rank', type: 'integer' }],
access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } };

describe('the SDK\'s data', { skip: chromiumMissing, timeout: 120000 }, () => {
	const closers = [];
	const t = { name: 'sdk', after: (close) => closers.push(close) };
	let viewer, browser, page, errors;

	before(async () => {
		viewer = await MockViewer.start(t, { files: {
			'index.html': html('<ul id="list"></ul><div id="over" class="hidden"><input></div>' +
				'<div id="place"></div>', 'goop-data') } });
		browser = await openBrowser(t);
	});
	beforeEach(async () => {
		await page?.close();
		Object.assign(viewer, { visitor: OWNER, faults: [], calls: [], knowsRequestIds: true,
			hasEvents: true, starting: 0 });
		viewer.tables.clear();
		viewer.makeTable(POSTS, ROWS);
		page = await browser.newPage();
		errors = complaints(page);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const open = async (visitor = OWNER) => {
		viewer.visitor = visitor;
		await page.goto(viewer.url());
	};
	// Goop.data[name](...words), or what it rejects with.
	const call = (name, ...words) => page.evaluate(([fn, given]) =>
		Goop.data[fn](...given).catch((error) => ({ failed: error.message, status: error.status,
			isError: error instanceof Error })), [name, words]);
	const titles = (rows) => rows.map(({ title }) => title);
	const owned = () => viewer.tables.get('posts').rows;

	const reads = [
		['find', ['posts', { where: 'rank > ?', args: [1], order: 'title DESC' }],
			(rows) => titles(rows), ['Three', 'One']],
		['find', ['posts', { fields: ['title'], order: '_id', limit: 2, offset: 1 }],
			(rows) => rows, [{ title: 'Two' }, { title: 'Three' }]],
		['find', ['posts', { where: 'rank = 99' }], (rows) => rows, []],
		['query', ['posts', { columns: ['rank'], limit: 1 }], (rows) => rows, [{ rank: 3 }]],
		['list', ['posts', 2], titles, ['One', 'Two']],
		['findOne', ['posts', { order: 'rank' }], ({ title }) => title, 'Two'],
		['findOne', ['posts', { where: 'rank = 99' }], (row) => row, null],
		['get', ['posts', 3], ({ title }) => title, 'Three'],
		['get', ['posts', 99], (row) => row, null],
		['getBy', ['posts', 'title', 'Two'], ({ _id }) => _id, 2],
		['pluck', ['posts', 'title', { order: 'title' }], (all) => all, ['One', 'Three', 'Two']],
		['distinct', ['posts', 'rank'], (all) => all, [1, 3]],
		['exists', ['posts', { where: 'title = ?', args: ['Two'] }], (is) => is, true],
		['exists', ['posts', { where: 'title = ?', args: ['2'] }], (is) => is, false],
		['count', ['posts'], (n) => n, 3],
		['count', ['posts', { where: 'rank = 3' }], (n) => n, 2],
		['aggregate', ['posts', 'MAX(rank) AS top'], (rows) => rows, [{ top: 3 }]],
		['aggregate', ['posts', 'rank, COUNT(*) AS n', { group_by: 'rank' }], (rows) => rows,
			[{ rank: 3, n: 2 }, { rank: 1, n: 1 }]],
		['tables', [], ([{ name, mode }]) => [name, mode], ['posts', 'orm']],
		['schemas', [], ({ posts }) => posts.name, 'posts'],
		['describe', ['posts'], ({ mode, schema }) => [mode, schema.columns.length], ['orm', 2]],
		['call', ['score', { answers: [1] }], (result) => result,
			{ function: 'score', params: { answers: [1] } }],
		['functions', [], (all) => all, [{ name: 'blog', description: 'a blog' }]],
	];
	for (const [who, visitor] of [['the owner', OWNER], ['a visitor', BOB]])
		it(`reads in every way, for ${who}`, async () => {
			await open(visitor);
			for (const [name, words, pick, want] of reads)
				assert.deepEqual(pick(await call(name, ...words)), want, `${name} ${JSON.stringify(words)}`);
			assert.deepEqual(errors, []);
		});

	it('writes in every way', async () => {
		await open();
		assert.deepEqual(await call('insert', 'posts', { title: 'Four' }), { status: 'inserted', id: 4 });
		assert.deepEqual(await call('update', 'posts', 1, { title: 'Uno' }), { status: 'updated' });
		assert.deepEqual(await call('remove', 'posts', 2), { status: 'deleted' });
		assert.deepEqual(await call('updateWhere', 'posts', { rank: 5 },
			{ where: 'rank = ?', args: [3] }), { affected: 2 });
		assert.deepEqual(await call('deleteWhere', 'posts', { where: 'title = ?', args: ['Three'] }),
			{ affected: 1 });
		assert.deepEqual(await call('upsert', 'posts', 'title', { title: 'Four', rank: 9 }),
			{ status: 'ok', id: 4 });
		assert.deepEqual(await call('upsert', 'posts', 'title', { title: 'Five', rank: 1 }),
			{ status: 'ok', id: 5 });
		assert.deepEqual(owned().map(({ title, rank }) => [title, rank]),
			[['Uno', 5], ['Four', 9], ['Five', 1]]);
	});

	it('makes and changes tables', async () => {
		await open();
		assert.equal((await call('createTable', 'notes', [{ name: 'text', type: 'TEXT' }])).mode, 'classic');
		assert.equal((await call('createTable', 'cards',
			{ columns: [{ name: 'text', type: 'text' }], system_key: true })).mode, 'orm');
		assert.deepEqual(await call('addColumn', 'notes', { name: 'at', type: 'TEXT' }), { status: 'added' });
		assert.equal((await call('describe', 'notes')).columns.length, 2);
		assert.equal((await call('dropTable', 'notes')).status, 'deleted');
		assert.equal(viewer.tables.has('notes'), false);
	});

	it('rejects with the words of the answer', async () => {
		await open(BOB);
		assert.deepEqual(await call('find', 'nothing'),
			{ failed: 'no such table: nothing', status: 404, isError: true });
		assert.deepEqual(await call('dropTable', 'posts'), { failed:
			'schema operations not allowed for remote peers', status: 403, isError: true });
		assert.deepEqual(await call('update', 'posts', 1, { title: 'mine' }), { failed:
			'row not found or not owned by caller', status: 404, isError: true });
	});

	for (const fault of ['503', 'dead', 'lost',
		'502 the connection to the peer broke before it answered'])
		for (const [who, visitor] of [['own', OWNER], ['visited', BOB]])
			it(`writes once to the ${who} site when the first try is ${fault}`, async () => {
				await open(visitor);
				viewer.faults.push(fault);
				assert.equal((await call('insert', 'posts', { title: 'Four' })).id, 4);
				assert.equal(owned().filter(({ title }) => title === 'Four').length, 1);
				const ids = viewer.calls.filter(({ path }) => path === 'insert')
					.map(({ body }) => body.request_id);
				assert.equal(ids.length, 2);
				assert.match(ids[0], /^[0-9a-f]{32}$/);
				assert.equal(ids[0], ids[1]);
			});

	it('repeats no write at a peer that would carry it out twice', async () => {
		await open(BOB);
		viewer.knowsRequestIds = false;
		viewer.faults.push('lost');
		assert.deepEqual(await call('insert', 'posts', { title: 'Four' }),
			{ failed: 'Goop² does not answer', status: 0, isError: true });
		assert.equal(owned().filter(({ title }) => title === 'Four').length, 1);
	});

	it('tells soon that a peer cannot be reached', async () => {
		await page.clock.install();
		await open(BOB);
		viewer.faults.push(...Array(20).fill('502 the peer cannot be reached'));
		const failed = call('find', 'posts');
		await until(() => viewer.calls.length === 1);
		await page.clock.runFor(250);
		await until(() => viewer.calls.length === 2);
		await page.clock.fastForward(4000);
		assert.deepEqual(await failed,
			{ failed: 'the peer cannot be reached', status: 502, isError: true });
		assert.equal(viewer.calls.length, 3);
	});

	it('gives up after some tries, and does not repeat scripts', async () => {
		await open();
		viewer.faults.push(...Array(20).fill('503'));
		assert.deepEqual(await call('call', 'pay'),
			{ failed: 'a part of Goop² is restarting', status: 503, isError: true });
		assert.equal(viewer.calls.length, 1);
		await page.clock.install();
		const failed = call('count', 'posts');
		for (let tries = 1; tries < 6; tries++) {
			await until(() => viewer.calls.length === 1 + tries);
			await page.clock.fastForward(5000);
		}
		assert.equal((await failed).status, 503);
		assert.equal(viewer.calls.length, 7);
	});

	async function until(is) {
		for (const end = Date.now() + 10000; !await is();) {
			assert.ok(Date.now() < end, `not seen: ${is}`);
			await new Promise((done) => setTimeout(done, 20));
		}
	}

	// --- what changed

	const listen = () => page.evaluate(() => {
		globalThis.heard = [];
		globalThis.stop = Goop.data.subscribe('posts', ({ table }) => heard.push(table));
	});
	const heard = () => page.evaluate(() => heard);

	it('tells the owner of changes at once, and after it was away', async () => {
		await open();
		await listen();
		await until(async () => (await heard()).length === 1); // it may have missed some
		viewer.changed('other');
		viewer.changed('posts');
		await until(async () => (await heard()).length > 1);
		assert.deepEqual(await heard(), ['posts', 'posts']);
		const before = (await heard()).length;
		viewer.hangUp(); // the browser connects again
		await until(async () => (await heard()).length > before);
		await page.evaluate(() => stop());
		const count = (await heard()).length;
		viewer.changed('posts');
		assert.equal(await page.evaluate(() => Goop.data.count('posts')), 3);
		assert.equal((await heard()).length, count);
	});

	it('holds no connection for a page that nobody sees', async () => {
		await open();
		await listen();
		await until(async () => (await heard()).length === 1);
		const see = (state) => page.evaluate((value) => {
			Object.defineProperty(document, 'visibilityState', { value, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, state);
		await see('hidden');
		await until(() => viewer.listeners === 0);
		await see('visible');
		await until(async () => (await heard()).length === 2);
		assert.equal(viewer.listeners, 1);
	});

	it('looks again every five seconds at another peer\'s', async () => {
		await page.clock.install();
		await open(BOB);
		await listen();
		const looks = () => viewer.calls.filter(({ path }) => path === 'aggregate').length;
		await until(() => looks() === 1);
		const look = async () => {
			const before = looks();
			await page.clock.runFor(5000);
			await until(() => looks() > before);
			await page.evaluate(() => new Promise(requestAnimationFrame).catch(() => {}));
			return (await heard()).length;
		};
		await look(); // once more, for what was too quick
		const quiet = await look();
		assert.equal(await look(), quiet);
		owned()[1].title = 'changed';
		owned()[1]._updated_at = '2999-01-01 00:00:00';
		assert.equal(await look(), quiet + 1);
		assert.equal(await look(), quiet + 2, 'once more: times are in seconds');
		assert.equal(await look(), quiet + 2);
		await page.evaluate(() => stop());
		const before = looks();
		await page.clock.runFor(20000);
		assert.equal(looks(), before);
	});

	// --- who and what

	it('knows who is here', async () => {
		await open();
		assert.deepEqual(await page.evaluate(() => Goop.peer()),
			{ myId: OWNER, hostId: OWNER, isOwner: true, isGroup: false, label: 'Olivia' });
		await open(BOB);
		assert.deepEqual(await page.evaluate(() => Goop.peer()),
			{ myId: BOB, hostId: OWNER, isOwner: false, isGroup: false, label: 'Bob' });
	});

	it('waits until the viewer knows its own id', async () => {
		await open();
		viewer.starting = 2;
		assert.deepEqual(await page.evaluate(() => Goop.peer().then(({ isOwner }) => isOwner)), true);
		assert.ok(viewer.starting < 0);
	});

	it('makes a handle of a table', async () => {
		await open(BOB);
		const shape = await page.evaluate(async () => {
			const posts = await Goop.data.orm('posts');
			const [mine, other] = await Promise.all([posts.get(2), posts.get(1)]);
			return { name: posts.name, columns: posts.columns.map(({ name }) => name),
				read: posts.access.read, key: posts.system_key, context: posts.context,
				can: [posts.canInsert, posts.canUpdate, posts.canDelete],
				may: [posts.mayUpdate(mine), posts.mayDelete(mine), posts.mayUpdate(other)],
				right: posts.validate({ title: 'x', rank: 1 }),
				wrong: posts.validate({ rank: 'many' }),
				calls: [await posts.count(), (await posts.find({ limit: 1 }))[0].title,
					(await posts.insert({ title: 'Four' })).id, await posts.exists({ where: 'rank = 1' }),
					await posts.pluck('title', { order: '_id', limit: 1 }),
					(await posts.update(4, { rank: 2 })).status, (await posts.remove(4)).status,
					(await posts.role()).role, (await posts.getBy('title', 'Two'))._id,
					await posts.distinct('rank'), (await posts.list(1)).length,
					(await posts.findOne({ order: 'rank' }))._id,
					(await posts.updateWhere({ rank: 7 }, { where: 'rank = 1' })).affected,
					(await posts.upsert('title', { title: 'Two', rank: 8 })).id,
					await posts.aggregate('COUNT(*) AS n'),
					(await posts.deleteWhere({ where: 'rank = 8' })).affected] };
		});
		assert.deepEqual(shape, { name: 'posts', columns: ['title', 'rank'], read: 'open', key: true,
			context: false, can: [true, false, false], may: [true, true, false],
			right: { valid: true, errors: {} },
			wrong: { valid: false, errors: { title: 'title is required',
				rank: 'rank has to be a whole number' } },
			calls: [3, 'One', 4, true, ['One'], 'updated', 'deleted', '', 2, [1, 3], 1, 2, 1, 2,
				[{ n: 3 }], 1] });
	});

	it('keeps settings in a table of keys, or in one row', async () => {
		viewer.makeTable({ name: 'settings', columns: [{ name: 'key', type: 'text' },
			{ name: 'value', type: 'text' }] }, [{ key: 'theme', value: 'dark' }]);
		viewer.makeTable({ name: 'blog', columns: [{ name: 'heading', type: 'text' }] });
		await open();
		assert.deepEqual(await page.evaluate(async () => {
			const settings = await Goop.data.config('settings', { theme: 'light', accent: 'red' });
			const before = [settings.theme, settings.accent, settings.get('none')];
			await settings.set('accent', 'blue');
			await settings.set('fresh', 'yes');
			const blog = await Goop.data.config('blog', { heading: 'Hello' });
			await blog.set('heading', 'Once');
			await blog.set('heading', 'Twice');
			const none = await Goop.data.config('missing', { a: 1 });
			return [...before, settings.accent, settings.fresh, blog.heading, none.a];
		}), ['dark', 'red', null, 'blue', 'yes', 'Twice', 1].map((value) => value ?? undefined));
		assert.deepEqual(viewer.tables.get('settings').rows.map(({ key, value }) => [key, value]),
			[['theme', 'dark'], ['accent', 'blue'], ['fresh', 'yes']]);
		assert.deepEqual(viewer.tables.get('blog').rows.map(({ heading }) => heading), ['Twice']);
	});

	it('shows a form of a table, and says what is wrong', async () => {
		await open(BOB);
		await page.evaluate(async () => {
			const posts = await Goop.data.orm('posts');
			posts.form('place', { labels: { title: 'Title' }, submitLabel: 'Post',
				onSave: ({ id }) => document.body.dataset.saved = id });
		});
		await page.getByRole('button', { name: 'Post' }).click();
		assert.equal(await page.getByRole('alert').textContent(), 'title is required');
		assert.equal(await page.getByLabel('Title').getAttribute('aria-invalid'), 'true');
		await page.getByLabel('Title').fill(HOSTILE);
		await page.getByLabel('rank').fill('4');
		await page.getByRole('button', { name: 'Post' }).click();
		await page.locator('body[data-saved="4"]').waitFor();
		assert.equal(owned()[3].title, HOSTILE);
		assert.equal(owned()[3].rank, 4);
		assert.equal(await page.getByLabel('Title').inputValue(), '');
	});

	it('saves a form whose fields are called like its methods', async () => {
		viewer.makeTable({ name: 'knobs', columns: [{ name: 'reset', type: 'text' }],
			access: { read: 'open', insert: 'open' } });
		await open(BOB);
		await page.evaluate(async () => (await Goop.data.orm('knobs')).form('place',
			{ onSave: () => document.body.dataset.saved = 'yes' }));
		await page.getByLabel('reset').fill('slowly');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.locator('body[data-saved], [role=alert]:not(:empty)').first().waitFor();
		assert.equal(await page.getByRole('alert').textContent(), '');
		assert.equal(await page.getByLabel('reset').inputValue(), '');
	});

	it('shows rows as a table, with buttons where they work', async () => {
		owned()[1].title = HOSTILE;
		await open(BOB);
		await page.evaluate(async () => {
			const posts = await Goop.data.orm('posts');
			posts.table('place', await posts.find(), { showId: true, actions: {
				edit: (row) => document.body.dataset.edits = row._id, remove: () => {} } });
		});
		assert.deepEqual(await page.locator('thead th').allTextContents(), ['_id', 'title', 'rank', '']);
		assert.equal(await page.locator('tbody tr').nth(1).locator('td').nth(1).textContent(), HOSTILE);
		assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 1);
		await page.getByRole('button', { name: 'Edit' }).click();
		assert.equal(await page.evaluate(() => document.body.dataset.edits), '2');
	});

	// --- texts and lists

	it('escapes, dates and lists', async () => {
		await open();
		assert.equal(await page.evaluate((text) => Goop.esc(text), HOSTILE),
			'&lt;img src=x onerror=&quot;document.title=&#39;owned&#39;&quot;&gt;&quot;&#39;&amp;');
		assert.deepEqual(await page.evaluate(() => [
			Goop.date('2026-04-02 23:00:00', { timeZone: 'UTC', dateStyle: 'long' }),
			Goop.date('2026-04-02T01:00:00+02:00', { timeZone: 'UTC', dateStyle: 'short' }),
			Goop.date(''), Goop.date('some day')]), ['April 2, 2026', '4/1/26', '', 'some day']);
		await page.evaluate((text) => {
			const rows = [{ name: text }, { name: 'two' }];
			Goop.list('list', rows, ({ name }) => Object.assign(document.createElement('li'),
				{ textContent: name }), { onRow: (element, row) => element.title = row.name });
		}, HOSTILE);
		assert.deepEqual(await page.locator('#list li').allTextContents(), [HOSTILE, 'two']);
		assert.equal(await page.locator('#list li').first().getAttribute('title'), HOSTILE);
		await page.evaluate((text) => Goop.list('list', [{ name: text }], ({ name }) =>
			`<li class="row" style="color:red">${name}<button data-action="go">Go</button>` +
			'<script>document.title = "owned"</script></li>',
		{ actions: { go: (row) => document.body.dataset.went = row.name } }), HOSTILE);
		assert.equal(await page.locator('#list li').getAttribute('style'), null);
		assert.equal(await page.locator('#list [onerror], #list script').count(), 0);
		await page.getByRole('button', { name: 'Go' }).click();
		assert.equal(await page.evaluate(() => document.body.dataset.went), HOSTILE);
		await page.evaluate(() => Goop.list('list', [], null, { empty: 'Nothing <b>here' }));
		assert.equal(await page.locator('#list li.gc-empty').textContent(), 'Nothing <b>here');
		assert.equal(await page.title(), 'A page');
	});

	it('cleans HTML of what could run', async () => {
		await open();
		const clean = (text) => page.evaluate((dirty) => {
			const box = document.createElement('div');
			box.append(Goop.clean(dirty));
			return box.innerHTML;
		}, text);
		for (const [dirty, want] of [
			['<b class="x">a</b> &lt;i', '<b class="x">a</b> &lt;i'],
			['<a href="javascript:alert(1)">a</a>', '<a>a</a>'],
			['<a href=" java\nscript:alert(1)">a</a>', '<a>a</a>'],
			['<a href="JaVaScRiPt&colon;alert(1)">a</a>', '<a>a</a>'],
			['<a href="post.html?a=b:c">a</a>', '<a href="post.html?a=b:c">a</a>'],
			['<a href="https://example.org/">a</a>', '<a href="https://example.org/">a</a>'],
			['<img src="data:text/html,x"><img src="data:image/png;base64,AA">',
				'<img><img src="data:image/png;base64,AA">'],
			['<svg><script>1</script></svg><iframe srcdoc="x"></iframe><style>*{}</style>x', 'x'],
			['<math><mtext><table><mglyph><style><img src=x onerror=1>', ''],
			['<form action="//evil"><button formaction="//evil">x</button></form>',
				'<form><button>x</button></form>'],
			['<custom-x onclick="1"><p onclick="1">y</p></custom-x>', '<p>y</p>'],
			['<object data="x"></object><embed src="x"><base href="//evil"><link href="x">', ''],
		])
			assert.equal(await clean(dirty), want, dirty);
	});

	it('opens what lies over the page', async () => {
		await open();
		const over = page.locator('#over');
		await page.evaluate(() => (globalThis.over = Goop.overlay('over')).open());
		assert.equal(await over.getAttribute('class'), '');
		assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
		await page.keyboard.press('Escape');
		assert.equal(await over.getAttribute('class'), 'hidden');
	});

	it('needs nothing that a strict policy forbids', async () => {
		viewer.policy = ORIGINAL_POLICY;
		await open();
		assert.equal(await call('count', 'posts'), 3);
		await page.evaluate(async () => (await Goop.data.orm('posts')).form('place'));
		assert.deepEqual(errors, []);
	});
});
