// The guestbook of the starter site, in real browsers.
import { after, before, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumMissing, complaints, openBrowser, screenshot } from './lib/browser.mjs';
import { BOB, CAROL, MockViewer, ORIGINAL_POLICY, OWNER, SITE_POLICY } from './lib/mock_viewer.mjs';

const starter = fileURLToPath(new URL('../../cli/starter/', import.meta.url));
const SCHEMA = JSON.parse(readFileSync(join(starter, 'schemas/guestbook.json')));
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">"\'&';

const entries = (tab) => tab.locator('.entry .message').allTextContents();
const entry = (tab, text) => tab.locator('.entry', { hasText: text });
const sign = async (tab, message) => {
	await tab.getByLabel('Message').fill(message);
	await tab.getByRole('button', { name: 'Sign' }).click();
	await entry(tab, message).waitFor();
};

describe('the guestbook', { skip: chromiumMissing, timeout: 120000 }, () => {
	const closers = [];
	const t = { name: 'guestbook', after: (close) => closers.push(close) };
	let viewer, browser, tab, errors;

	before(async () => {
		const files = Object.fromEntries(readdirSync(starter).filter((name) => name !== 'schemas')
			.map((name) => [name, readFileSync(join(starter, name))]));
		viewer = await MockViewer.start(t, { files });
		browser = await openBrowser(t);
	});
	beforeEach(async () => {
		await tab?.close();
		Object.assign(viewer, { faults: [], calls: [], policy: SITE_POLICY });
		viewer.tables.clear();
		viewer.makeTable(SCHEMA);
		tab = await browser.newPage();
		errors = complaints(tab);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const rows = () => viewer.tables.get('guestbook').rows;
	const open = async (visitor, page = tab) => {
		viewer.visitor = visitor;
		await page.goto(viewer.url('guestbook.html'));
		await page.locator('#state', { hasText: /^(|No entries.*|This.*)$/ }).waitFor({ state: 'attached' });
	};

	it('leaves out what no form would send, so that the rest can be read', async () => {
		await open(BOB);
		await sign(tab, 'Hello from Bob');
		Object.assign(rows()[0], { name: null });
		rows().push({ ...rows()[0], _id: 2, message: 'x'.repeat(1000000) },
			{ ...rows()[0], _id: 3, name: 'y'.repeat(1000000) });
		await open(CAROL);
		await entry(tab, 'Hello').waitFor();
		assert.deepEqual(await entries(tab), ['Hello from Bob']);
	});

	it('is signed, changed and taken back by its visitors', async () => {
		await open(BOB);
		await tab.getByText('Be the first').waitFor();
		assert.equal(await tab.getByLabel('Your name').inputValue(), 'Bob');
		await sign(tab, 'Hello from Bob');
		assert.equal(await tab.getByLabel('Message').inputValue(), '');
		assert.equal(await tab.getByText('Be the first').count(), 0);
		await sign(tab, HOSTILE);
		assert.deepEqual(await entries(tab), [HOSTILE, 'Hello from Bob']);
		assert.equal(await tab.locator('.entry img').count(), 0);

		await entry(tab, 'Hello').getByRole('button', { name: 'Edit' }).click();
		assert.equal(await tab.evaluate(() => document.activeElement.value), 'Hello from Bob');
		await tab.getByLabel('Your message').fill('Hello again');
		await tab.getByRole('button', { name: 'Save' }).click();
		await entry(tab, 'Hello again').waitFor();
		assert.equal(rows()[0].message, 'Hello again');
		await entry(tab, 'Hello again').getByRole('button', { name: 'Edit' }).click();
		await tab.getByRole('button', { name: 'Cancel' }).click();
		await entry(tab, 'Hello again').getByRole('button', { name: 'Delete' }).click();
		await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await entry(tab, 'Hello again').waitFor({ state: 'detached' });
		assert.deepEqual(rows().map(({ message }) => message), [HOSTILE]);

		await open(CAROL);
		await entry(tab, 'img').waitFor();
		assert.equal(await entry(tab, 'img').getByRole('button').count(), 0);
		await sign(tab, 'Carol was here');
		assert.equal(await tab.title(), 'Guestbook');
		assert.deepEqual(errors, []);
	});

	it('lets the owner delete any, and shows what comes at once', async () => {
		await open(OWNER);
		viewer.visitor = BOB;
		const other = await browser.newPage();
		await open(BOB, other);
		await sign(other, 'From Bob');
		viewer.visitor = OWNER;
		viewer.changed('guestbook');
		await entry(tab, 'From Bob').waitFor();
		assert.equal(await entry(tab, 'From Bob').getByRole('button', { name: 'Edit' }).count(), 0);
		await sign(tab, 'Welcome all');
		assert.equal(await entry(tab, 'Welcome').getByText('owner of this site').count(), 1);
		// What is being written does not go when others sign.
		await entry(tab, 'Welcome').getByRole('button', { name: 'Edit' }).click();
		await tab.getByLabel('Your message').fill('Welcome everybody');
		rows()[0].message = 'From Bob, again';
		viewer.changed('guestbook');
		await entry(tab, 'From Bob, again').waitFor();
		await tab.getByRole('button', { name: 'Save' }).click();
		await entry(tab, 'Welcome everybody').waitFor();
		await entry(tab, 'From Bob').getByRole('button', { name: 'Delete' }).click();
		await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await entry(tab, 'From Bob').waitFor({ state: 'detached' });
		assert.deepEqual(await entries(tab), ['Welcome everybody']);
		await other.close();
		assert.deepEqual(errors, []);
	});

	it('shows the newest first, and older ones when asked', async () => {
		viewer.makeTable(SCHEMA, Array.from({ length: 120 }, (_, n) => ({ message: `No. ${n + 1}` })));
		await open(BOB);
		await entry(tab, 'No. 120').waitFor();
		assert.equal((await entries(tab))[0], 'No. 120');
		assert.equal((await entries(tab)).length, 50);
		await tab.getByRole('button', { name: 'older' }).click();
		await tab.locator('.entry').nth(99).waitFor();
		await tab.getByRole('button', { name: 'older' }).click();
		await entry(tab, /No\. 1$/).waitFor();
		assert.equal(await tab.getByRole('button', { name: 'older' }).isVisible(), false);
	});

	it('opens itself for the owner, and says so to visitors', async () => {
		viewer.tables.clear();
		await open(BOB);
		await tab.getByText('This guestbook is not open yet').waitFor();
		await open(OWNER);
		await tab.getByText('Be the first').waitFor();
		assert.deepEqual(viewer.tables.get('guestbook').schema, SCHEMA);
	});

	it('keeps what was written when it cannot be sent', async () => {
		await open(BOB);
		viewer.tables.clear();
		await tab.getByLabel('Message').fill('Kept');
		await tab.getByRole('button', { name: 'Sign' }).click();
		await tab.getByText('no such table: guestbook').waitFor();
		assert.equal(await tab.getByLabel('Message').inputValue(), 'Kept');
		viewer.makeTable(SCHEMA);
		await tab.getByRole('button', { name: 'Sign' }).click();
		await entry(tab, 'Kept').waitFor();
		assert.equal(await tab.getByText('no such table').count(), 0);
	});

	it('looks well in both themes and on a phone', async () => {
		viewer.labels[CAROL] = 'Carol';
		for (const policy of [SITE_POLICY, ORIGINAL_POLICY]) {
			viewer.policy = policy;
			viewer.makeTable(SCHEMA, [
				{ name: 'Olivia', message: 'Welcome! Leave a word if you like.' },
				{ name: 'Bob', message: `A long one, for wrapping: ${'Lorem ipsum dolor sit amet, '.repeat(8)}` +
					`and ${'w'.repeat(120)}\n\nThe end.`, _owner: BOB },
				{ name: '', message: 'Without a name', _owner: CAROL },
				{ name: 'Bob', message: 'Came by again ☀', _owner: BOB }]);
			for (const colorScheme of ['light', 'dark'])
				for (const [width, kind] of [[1100, ''], [390, '-phone']])
					for (const name of ['index', 'guestbook']) {
						await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
						await tab.setViewportSize({ width, height: 1100 });
						viewer.visitor = BOB;
						await tab.goto(viewer.url(`${name}.html`));
						if (name === 'guestbook')
							await entry(tab, 'Came by again').waitFor();
						assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <=
							innerWidth), `${name} fits ${width}`);
						await screenshot(tab, `starter-${name}-${colorScheme}${kind}`);
					}
		}
		await entry(tab, 'Came by').getByRole('button', { name: 'Edit' }).click();
		await screenshot(tab, 'starter-guestbook-edit');
		await tab.getByRole('button', { name: 'Cancel' }).click();
		await entry(tab, 'Came by').getByRole('button', { name: 'Delete' }).click();
		await screenshot(tab, 'starter-guestbook-delete');
		assert.deepEqual(errors, []);
	});
});
