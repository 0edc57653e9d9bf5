// The rest of the SDK: forms, dialogs, messages, partials; a page that was
// written for the original's; the declarations.
import { after, before, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../scenarios/lib/peer.mjs';
import { chromiumMissing, complaints, openBrowser, screenshot } from './lib/browser.mjs';
import { BOB, CAROL, MockViewer, ORIGINAL_POLICY, OWNER, SITE_POLICY } from './lib/mock_viewer.mjs';
import { enquete, notes } from './lib/original_pages.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const sdk = join(here, '../../goop-viewerd/sdk');
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">"\'&{{title}}';

const page = (body, ...scripts) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A page</title>${scripts.map((name) => `<script src="/sdk/${name}.js"></script>` +
	(existsSync(join(sdk, `${name}.css`)) ? `<link rel="stylesheet" href="/sdk/${name}.css">` : ''))
		.join('')}<body>${body}`;

describe('the SDK\'s parts', { skip: chromiumMissing, timeout: 120000 }, () => {
	const closers = [];
	const t = { name: 'sdk parts', after: (close) => closers.push(close) };
	let viewer, browser, tab, errors;

	before(async () => {
		viewer = await MockViewer.start(t, { files: {
			'base.html': page('<div id="place"></div>', 'goop-component-base'),
			'ui.html': page('<button id="first">first</button>', 'goop-ui'),
			'dialog.html': page('<button id="first">first</button>', 'goop-component-base',
				'goop-component-dialog', 'goop-component-toast'),
			'own.html': page(`<button id="first">first</button><div id="toasts"></div>
				<div id="ask" class="gc-dialog-backdrop hidden"><div class="gc-dialog">
				<h2 class="my-title"></h2><p class="gc-dialog-message"></p>
				<div class="gc-dialog-input-wrap"><input class="gc-dialog-input"></div>
				<div class="gc-dialog-buttons"><button class="gc-dialog-cancel">No</button>
				<button class="gc-dialog-ok">Yes</button></div></div></div>`,
			'goop-component-base', 'goop-component-dialog', 'goop-component-toast'),
			'partial.html': page('<ul id="list"></ul><div id="place"></div>', 'goop-data',
				'goop-component-template'),
			'alone.html': page('<ul id="list"></ul>', 'goop-component-base', 'goop-component-template'),
			'form.html': page('<main id="place"></main>', 'goop-data', 'goop-form'),
			'forms.html': page('<main id="place"></main>', 'goop-data', 'goop-component-base',
				'goop-component-dialog', 'goop-forms'),
			'small.html': page('', 'goop-identity', 'goop-peers', 'goop-router'),
			'partials/row.html': '<li data-id="{{_id}}" title="{{title}}">{{title}}</li>',
			...enquete, ...notes } });
		browser = await openBrowser(t);
	});
	beforeEach(async () => {
		await tab?.close();
		Object.assign(viewer, { visitor: OWNER, faults: [], calls: [], policy: SITE_POLICY });
		viewer.tables.clear();
		tab = await browser.newPage();
		errors = complaints(tab);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const open = async (name, visitor = OWNER) => {
		viewer.visitor = visitor;
		await tab.goto(viewer.url(name));
	};
	const button = (name) => tab.getByRole('button', { name, exact: true });
	const focused = () => tab.evaluate(() => document.activeElement.textContent);

	// --- base

	it('makes elements without markup', async () => {
		await open('base.html');
		assert.deepEqual(await tab.evaluate((text) => {
			const { dom } = Goop;
			const made = dom('article', { class: 'card', data: { id: 7 }, style: { color: 'red' },
				onclick: () => document.body.dataset.clicked = 'yes', onfocus: 'alert(1)', hidden: false,
				title: text, innerHTML: '<b>' }, dom('a', { href: 'javascript:alert(1)' }, text),
			['x', 1, null, false], dom('input', { value: text, disabled: true }));
			Goop.render(document.getElementById('place'), made);
			made.click();
			return { names: made.getAttributeNames().sort(), title: made.title, id: made.dataset.id,
				text: made.textContent, link: made.querySelector('a').getAttributeNames(),
				tags: [...made.children].map(({ localName }) => localName), color: made.style.color,
				value: made.querySelector('input').value, clicked: document.body.dataset.clicked };
		}, HOSTILE), { names: ['class', 'data-id', 'style', 'title'], title: HOSTILE, id: '7',
			text: `${HOSTILE}x1`, link: [], tags: ['a', 'input'], color: 'red', value: HOSTILE,
			clicked: 'yes' });
	});

	it('has the small things', async () => {
		await open('base.html');
		await tab.emulateMedia({ colorScheme: 'dark' });
		assert.deepEqual(await tab.evaluate((id) => {
			const time = Goop.ui.time(new Date(Date.now() - 180000).toISOString().slice(0, 19)
				.replace('T', ' '));
			const face = Goop.ui.avatar(id, { size: 24 });
			const list = Goop.list(document.getElementById('place'), [], null, { empty: 'None' });
			return [time.textContent, `${time}`, face.getAttribute('role'), face.style.width,
				Goop.ui.theme(), Goop.ui.empty('Nothing', { class: 'e' }).outerHTML,
				Goop.ui.loading().getAttribute('role'), list.textContent,
				Goop.ui.grid(list).className];
		}, BOB), ['3 minutes ago', '3 minutes ago', 'img', '24px', 'dark', '<p class="e">Nothing</p>',
			'status', 'None', 'gc-grid']);
	});

	// --- dialogs and messages

	for (const file of ['dialog.html', 'ui.html'])
		it(`asks, by keyboard too (${file})`, async () => {
			await open(file);
			await tab.locator('#first').focus();
			const ask = (name, ...words) => tab.evaluate(([fn, given]) => {
				globalThis.answer = Goop.ui[fn](...given);
				return undefined;
			}, [name, words]);
			const answer = () => tab.evaluate(() => globalThis.answer);

			await ask('confirm', `Delete ${HOSTILE}?`);
			assert.equal(await tab.getByRole('dialog').getByText(HOSTILE).count(), 1);
			assert.equal(await focused(), 'OK');
			await tab.keyboard.press('Tab');
			await tab.keyboard.press('Shift+Tab');
			await tab.keyboard.press('Enter');
			assert.equal(await answer(), true);
			assert.equal(await focused(), 'first');
			await ask('confirm', { title: 'Sure?', message: 'Really' });
			await tab.getByRole('dialog', { name: 'Sure?' }).waitFor();
			await tab.keyboard.press('Escape');
			assert.equal(await answer(), false);
			await ask('prompt', { title: 'Rename', message: 'New name', value: 'old' });
			assert.equal(await tab.getByLabel('New name').inputValue(), 'old');
			await tab.keyboard.type('new');
			await tab.keyboard.press('Enter');
			assert.equal(await answer(), 'new');
			await ask('prompt', 'Name?', 'Bob');
			await button('Cancel').click();
			assert.equal(await answer(), null);
			await ask('confirmDanger', { title: 'Drop it', match: 'DROP' });
			assert.equal(await button('OK').isDisabled(), true);
			await tab.getByRole('textbox').fill('DROP');
			await button('OK').click();
			assert.equal(await answer(), 'DROP');
			await ask('alert', 'Done', 'All of it');
			assert.equal(await button('Cancel').count(), 0);
			await button('OK').click();
			await answer();
			assert.equal(await tab.locator('dialog').count(), 0);
			assert.deepEqual(errors, []);
		});

	it('asks in markup of the page', async () => {
		await open('own.html');
		await tab.locator('#first').focus();
		await tab.evaluate(() => {
			Goop.ui.dialog(document.getElementById('ask'), { title: '.my-title' });
			globalThis.answer = Goop.ui.prompt({ title: 'Name', value: 'x' });
		});
		await tab.getByRole('dialog', { name: 'Name' }).waitFor();
		for (let step = 0; step < 5; step++)
			await tab.keyboard.press('Tab');
		assert.equal(await tab.evaluate(() => document.getElementById('ask')
			.contains(document.activeElement)), true);
		await tab.getByRole('textbox').fill('y');
		await button('OK').click();
		assert.equal(await tab.evaluate(() => globalThis.answer), 'y');
		assert.equal(await tab.locator('#ask').isVisible(), false);
		assert.equal(await focused(), 'first');
	});

	it('tells things that go by themselves', async () => {
		await tab.clock.install();
		await open('own.html');
		await tab.evaluate((text) => {
			globalThis.toast = Goop.ui.toast(document.getElementById('toasts'), { toastClass: 'mine' });
			toast(text);
			toast.error({ title: 'Error', message: 'That failed' });
		}, HOSTILE);
		assert.equal(await tab.locator('#toasts').getAttribute('aria-live'), 'polite');
		assert.equal(await tab.locator('#toasts .mine').first().textContent(), HOSTILE);
		assert.equal(await tab.getByRole('alert').textContent(), 'ErrorThat failed');
		await tab.clock.runFor(5000);
		assert.equal(await tab.locator('#toasts .mine').count(), 0);
		await open('dialog.html');
		await tab.evaluate(() => Goop.ui.toast.success('Saved'));
		assert.equal(await tab.locator('.gc-toast-container [data-kind=success]').textContent(), 'Saved');
	});

	// --- partials

	const partial = async (text, data) => {
		viewer.files['partials/x.html'] = text;
		await open('partial.html');
		return tab.evaluate((values) => Goop.partial('x', values).then((element) => element.outerHTML,
			(error) => `failed: ${error.message}`), data);
	};

	it('fills partials', async () => {
		for (const [text, data, want] of [
			['<p>{{ a }} {{b.c}} {{none}}.</p>', { a: 1, b: { c: 'two' } }, '<p>1 two .</p>'],
			['<p>{{#if a}}yes{{/if}}{{#unless a}}no{{/unless}}</p>', { a: [] }, '<p>no</p>'],
			['<p>{{#if a}}A{{#if b}}B{{/if}}{{/if}}</p>', { a: 1, b: 0 }, '<p>A</p>'],
			['<ul>{{#each rows}}<li>{{@index}} {{name}} of {{all}}</li>{{/each}}</ul>',
				{ rows: [{ name: 'x' }, { name: 'y' }], all: 2 },
				'<ul><li>0 x of 2</li><li>1 y of 2</li></ul>'],
			['<p>{{#each tags}}<i>{{.}}</i>{{/each}}</p>', { tags: ['a', 'b'] },
				'<p><i>a</i><i>b</i></p>'],
			['<tr><td>{{a}}</td></tr>', { a: 1 }, '<tr><td>1</td></tr>'],
			['<b>1</b><b>2</b>', {}, '<div><b>1</b><b>2</b></div>'],
			['<p>{{#if a}}</p>', {}, 'failed: a partial does not end {{#if}}'],
			['<p>{{/if}}</p>', {}, 'failed: a partial ends {{/if}} that is not open'],
		])
			assert.equal(await partial(text, data), want, text);
	});

	it('lets no data become markup', async () => {
		for (const [text, want] of [
			['<p>{{x}}</p>', `<p>${'&lt;img src=x onerror="document.title=\'owned\'"&gt;"\'&amp;{{title}}'}</p>`],
			['<a href="{{js}}" onclick="f(\'{{x}}\')">a</a>', '<a>a</a>'],
			['<a href=post.html?id={{x}}>a</a>', null],
			['<p {{x}}>a</p>', '<p>a</p>'],
			['<p>{{{x}}}</p>', '<p><img src="x">"\'&amp;{{title}}</p>'],
			['<p>a<script>{{x}}</script></p>', '<p>a</p>'],
		]) {
			const made = await partial(text, { x: HOSTILE, js: 'java\nscript:alert(1)' });
			if (want)
				assert.equal(made, want, text);
			assert.equal(await tab.evaluate((html) => new DOMParser().parseFromString(html, 'text/html')
				.querySelectorAll('[onerror], [onclick], script').length, made), 0, text);
		}
		assert.equal(await tab.title(), 'A page');
		assert.equal(await partial('<p></p>', {}).then(() => tab.evaluate(() =>
			Goop.partial('../x').catch((error) => error.message))), 'a partial cannot be called ../x');
	});

	it('lists by partials, and loads each once', async () => {
		let loads = 0;
		for (const file of ['partial.html', 'alone.html']) {
			await open(file);
			loads = 0;
			tab.on('request', (request) => loads += request.url().endsWith('row.html'));
			await tab.evaluate(async (text) => {
				await Goop.preload('row');
				const list = document.getElementById('list');
				await Goop.list(list, [{ _id: 1, title: text }, { _id: 2, title: 'two' }], 'row');
			}, HOSTILE);
			assert.deepEqual(await tab.locator('#list > li').allTextContents(), [HOSTILE, 'two']);
			assert.equal(await tab.locator('#list > li').first().getAttribute('title'), HOSTILE);
			await tab.evaluate(() => Goop.list(document.getElementById('list'), [], 'row',
				{ empty: 'None' }));
			assert.equal(await tab.locator('#list').textContent(), 'None');
			assert.equal(loads, 1);
			tab.removeAllListeners('request');
		}
	});

	// --- forms

	const FIELDS = [{ name: 'who', label: 'Your name', required: true },
		{ name: 'size', label: 'Size', type: 'radio', options: ['S', 'M', 'L'] },
		{ name: 'likes', label: 'Likes', type: 'checkbox', options: ['tea', 'cake'] },
		{ name: 'agree', label: 'Agree', type: 'toggle' },
		{ name: 'color', label: 'Colour', type: 'select', options: [{ value: 'r', label: 'Red' }] },
		{ name: 'age', label: 'Age', type: 'number', min: 1, max: 150 },
		{ name: 'seats', label: 'Seats', type: 'stepper', min: 1, max: 9 },
		{ name: 'words', label: 'Words', type: 'tags' },
		{ name: 'paint', label: 'Paint', type: 'color' },
		{ name: 'day', label: 'Day', type: 'date' },
		{ name: 'text', label: 'Text', type: 'textarea' }];
	const render = () => tab.evaluate((fields) => Goop.form.render(document.getElementById('place'),
		{ table: 'answers', fields, singleResponse: true, submitLabel: 'Send',
			onDone: (data, id) => document.body.dataset.done = id }).then(() => undefined), FIELDS);

	it('makes a form, its table, and one answer each', async () => {
		await open('form.html');
		await render();
		const { schema } = viewer.tables.get('answers');
		assert.deepEqual(schema.access,
			{ read: 'owner', insert: 'open', update: 'owner', delete: 'owner' });
		schema.columns.pop(); // as made by an earlier version of the page
		await render();
		assert.deepEqual(schema.columns.map(({ name }) => name), FIELDS.map(({ name }) => name));
		await screenshot(tab, 'sdk-form');

		await open('form.html', BOB);
		await render();
		await button('Send').click();
		assert.equal(await tab.getByText('Your name is required').isVisible(), true);
		await tab.getByLabel('Your name').fill(HOSTILE);
		await tab.getByLabel('M', { exact: true }).check();
		await tab.getByLabel('tea').check();
		await tab.getByLabel('cake').check();
		await tab.getByRole('switch', { name: 'Agree' }).check();
		await tab.getByLabel('Colour').selectOption('Red');
		await tab.getByLabel('Age').fill('200');
		await button('more Seats').click();
		await button('more Seats').click();
		await tab.getByLabel('Words').fill('one, two,,two');
		await tab.getByLabel('Day').fill('2026-04-09');
		await tab.getByLabel('Text').fill('two\nlines');
		await button('Send').click();
		assert.match(await tab.locator('.goop-form-message').textContent(), /^Age /);
		await tab.getByLabel('Age').fill('20');
		await button('Send').click();
		await tab.locator('body[data-done="1"]').waitFor();
		const { _id, _owner, _owner_email, _created_at, _updated_at, paint, ...answer } =
			viewer.tables.get('answers').rows[0];
		assert.deepEqual(answer, { who: HOSTILE, size: 'M', likes: 'tea, cake', agree: '1', color: 'r',
			age: '20', seats: '2', words: 'one, two', day: '2026-04-09', text: 'two\nlines' });

		await open('form.html', BOB); // comes again: the answer is there to be changed
		await render();
		assert.equal(await tab.getByLabel('Your name').inputValue(), HOSTILE);
		assert.equal(await tab.getByLabel('cake').isChecked(), true);
		await tab.getByLabel('tea').uncheck();
		await button('Send').click();
		await tab.locator('body[data-done="1"]').waitFor();
		assert.deepEqual(viewer.tables.get('answers').rows.map(({ likes }) => likes), ['cake']);
		assert.deepEqual(errors, []);
	});

	it('makes a page of a table: see, add, change, delete', async () => {
		viewer.makeTable({ name: 'tasks', columns: [{ name: 'title', type: 'text', required: true },
			{ name: 'level', type: 'enum', values: [{ key: 'a', label: 'Low' }, { key: 'b', label: 'High' }] }],
		access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } },
		[{ title: 'Of Carol', _owner: CAROL }]);
		await open('forms.html', BOB);
		await tab.evaluate(() => Goop.forms.render(document.getElementById('place'), 'tasks')
			.then(() => undefined));
		assert.equal(await button('Edit').count(), 0);
		await tab.getByLabel('title').fill('Of Bob');
		await tab.getByLabel('level').selectOption('High');
		await button('Add').click();
		await button('Edit').click();
		await screenshot(tab, 'sdk-forms');
		await tab.getByLabel('title').fill(HOSTILE);
		await button('Save').click();
		await tab.getByRole('cell', { name: HOSTILE }).waitFor();
		await button('Delete').click();
		await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await tab.getByRole('cell', { name: HOSTILE }).waitFor({ state: 'detached' });
		assert.deepEqual(viewer.tables.get('tasks').rows.map(({ title }) => title), ['Of Carol']);
		assert.deepEqual(errors, []);
	});

	// --- small ones

	it('knows who visits, who else, and the way', async () => {
		await open('small.html?a=1&b=x%20y', BOB);
		assert.deepEqual(await tab.evaluate(async ([bob, carol]) => {
			const seen = [];
			Goop.peers.subscribe({ onSnapshot: (peers) => seen.push(peers) });
			return [await Goop.identity.get(), await Goop.identity.id(), await Goop.identity.label(),
				await Goop.identity.email(), Goop.identity.resolveName(bob),
				Goop.identity.resolveName(carol, 'Caro'), Goop.identity.resolveName(carol),
				await Goop.peers.list(), seen, Goop.router.param('b'), Goop.router.param('c'),
				Goop.router.params(), Goop.router.page()];
		}, [BOB, CAROL]), [{ id: BOB, label: 'Bob', email: '' }, BOB, 'Bob', '', 'You', 'Caro',
			CAROL.slice(-6), [], [[]], 'x y', null, { a: '1', b: 'x y' }, 'small.html']);
		await Promise.all([tab.waitForURL(viewer.url('base.html?x=1')),
			tab.evaluate(() => Goop.router.go('base.html?x=1'))]);
		await open('small.html');
		await tab.evaluate(() => {
			for (const away of ['//example.org/', 'javascript:alert(1)', '../../api/self'])
				Goop.router.go(away);
		});
		assert.equal(new URL(tab.url()).pathname.split('/')[1], 'p');
		assert.equal(new URL(tab.url()).origin, new URL(viewer.url()).origin);
		assert.deepEqual(errors, []);
	});

	// --- pages written for the original

	for (const [name, policy] of [['ours', SITE_POLICY], ['the original\'s', ORIGINAL_POLICY]])
		it(`runs the original's pages unchanged, under the policy of ${name}`, async () => {
			viewer.policy = policy;
			viewer.makeTable({ name: 'notes', system_key: true,
				columns: [{ name: 'text', type: 'text', required: true }],
				access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } },
			[{ text: 'Welcome' }]);
			await open('notes.html', BOB);
			await tab.getByText('Welcome').waitFor();
			await tab.getByPlaceholder('Add a note').fill(HOSTILE);
			await button('Add').click();
			await tab.locator('.note', { hasText: HOSTILE }).waitFor();
			await tab.locator('.note', { hasText: HOSTILE }).getByRole('button', { name: 'shout' }).click();
			await tab.locator('.note', { hasText: '!!!' }).waitFor();
			await tab.locator('.note', { hasText: '!!!' }).getByRole('button', { name: 'delete' }).click();
			await button('OK').click();
			await tab.locator('.gc-toast', { hasText: 'Gone' }).waitFor();
			assert.deepEqual(viewer.tables.get('notes').rows.map(({ text }) => text), ['Welcome']);
			assert.equal(await tab.locator('#count').textContent(), '1');
			await open('enquete.html');
			await button('Submit').waitFor();
			await open('enquete.html', BOB);
			await tab.getByLabel('What brings you here?').fill('curiosity');
			await button('Submit').click();
			await tab.getByText('Thank you').waitFor();
			assert.equal(viewer.tables.get('responses').rows[0].q1, 'curiosity');
			assert.deepEqual(errors, []);
		});

	it('makes no markup or program of texts', () => {
		for (const name of readdirSync(sdk).filter((file) => file.endsWith('.js')))
			assert.doesNotMatch(readFileSync(join(sdk, name), 'utf8').replace(/\/\^\(innerHTML.*?\/i/, ''),
				/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setTimeout\('/, name);
	});

	// --- declarations

	it('is what its declarations say', { skip: existsSync(join(here, 'node_modules/typescript')) ?
		undefined : 'no typescript (npm ci in tests/browser)' }, async () => {
		const directory = temporaryDirectory(t);
		const check = (name, text) => {
			const file = join(directory, name);
			mkdirSync(directory, { recursive: true });
			writeFileSync(file, `/// <reference path="${join(sdk, 'goop.d.ts')}" />\n${text}`);
			try {
				return execFileSync(join(here, 'node_modules/.bin/tsc'), ['--noEmit', '--strict',
					'--target', 'es2022', file], { encoding: 'utf8' });
			} catch ({ stdout }) {
				return stdout;
			}
		};
		assert.equal(check('right.ts', readFileSync(join(here, 'lib/sdk_sample.ts'), 'utf8')), '');
		const wrong = check('wrong.ts', 'Goop.data.find(7);\nGoop.data.nothing();\n' +
			'Goop.ui.confirm("x").then((yes: string) => yes);\n');
		assert.equal(wrong.match(/error TS/g).length, 3, wrong);

		viewer.files['all.html'] = page('', ...readdirSync(sdk).filter((name) => name.endsWith('.js'))
			.map((name) => name.slice(0, -3)).sort());
		await open('all.html');
		const real = await tab.evaluate(() => {
			const names = (value) => Object.keys(value).sort();
			return { Goop: names(Goop), DataApi: names(Goop.data), Ui: names(Goop.ui) };
		});
		const text = readFileSync(join(sdk, 'goop.d.ts'), 'utf8');
		const declared = (name) => [...new RegExp(`interface ${name}(?: extends \\w+)? \\{([^]*?)\\n  \\}`)
			.exec(text)[1].matchAll(/^ {4}(\w+)\??[(<:]/gm)].map(([, word]) => word);
		const unique = (words) => [...new Set(words)].sort();
		assert.deepEqual(real.DataApi, unique(declared('DataApi')));
		assert.deepEqual(real.Ui, unique([...declared('Ui'), ...declared('Dialogs')]));
		assert.deepEqual(real.Goop, unique([...text.matchAll(/^ {2}(?:const|function) (\w+)/gm)]
			.map(([, word]) => word)));
	});
});
