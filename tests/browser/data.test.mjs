// The owner's page Data in a real browser, against a real database.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Network } from '../scenarios/lib/netns.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { browserMissing, complaints, openBrowser, screenshot }
	from './lib/browser.mjs';

const HOSTILE = `<img src=x onerror="document.title='owned'">"'&`;

describe('the page Data', { skip: browserMissing, timeout: 240000 }, () => {
	const closers = [];
	const t = { name: 'browser-data', after: (close) => closers.push(close) };
	let alice, bob, browser, page, errors;

	before(async () => {
		const lan = Network.create(t);
		const host = lan.host();
		[alice, bob] = await Promise.all([
			Peer.init(t, { label: 'Alice', host }),
			Peer.init(t, { label: 'Bob', host: lan.host() })]);
		await Promise.all([alice.start(), bob.start()]);
		browser = await openBrowser(t, host, { acceptDownloads: true });
		page = await browser.newPage();
		errors = complaints(page);
		await page.goto(new URL('/data', alice.url).href);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const dialog = () => page.locator('dialog[open]').last();
	const rows = () => page.locator('#rows tbody tr');
	const json = { 'Content-Type': 'application/json' };
	const ask = async (peer, path, request) => {
		const answer = await peer.http(path, { method: 'POST', headers: json,
			body: JSON.stringify(request) });
		assert.equal(answer.status, 200, answer.body);
		return JSON.parse(answer.body);
	};

	it('makes a table', async () => {
		await page.getByRole('button', { name: 'New table' }).click();
		await dialog().getByLabel('Name', { exact: true }).fill('films');
		await dialog().getByLabel('Column name').fill('title');
		await dialog().getByLabel('required').check();
		await dialog().getByRole('button', { name: 'Add column' }).click();
		await dialog().getByLabel('Column name').last().fill('year');
		await dialog().getByLabel('Type').last().selectOption('integer');
		await dialog().getByRole('button', { name: 'Add column' }).click();
		await dialog().getByLabel('Column name').last().fill('kind');
		await dialog().getByLabel('Type').last().selectOption('enum');
		await dialog().getByLabel('Choices').last().fill('drama, comedy');
		await screenshot(page, 'data-new-table');
		await dialog().getByRole('button', { name: 'Create table' }).click();
		await page.locator('#table-name', { hasText: /^films$/ }).waitFor(); // not the guestbook
		await page.getByText('The table is empty.').waitFor();
	});

	it('says what is wrong with a row, and adds one', async () => {
		await page.getByRole('button', { name: 'Add a row' }).click();
		await dialog().getByLabel('title').fill(HOSTILE);
		await dialog().getByLabel('year').fill('1942');
		await dialog().getByLabel('kind').selectOption('drama');
		await dialog().getByRole('button', { name: 'Add' }).click();
		await page.getByText('1 row', { exact: true }).waitFor();
		assert.equal(await rows().first().locator('td').nth(2).textContent(), HOSTILE);
		assert.equal(await page.locator('main img').count(), 0);
		assert.doesNotMatch(await page.title(), /owned/);
		await page.locator('#rows .by', { hasText: 'me' }).waitFor();
	});

	it('shows by itself what others write', async () => {
		await page.getByRole('button', { name: 'Access' }).click();
		await dialog().getByLabel('Who can add rows?').selectOption('open');
		await screenshot(page, 'data-access');
		await dialog().getByRole('button', { name: 'Save' }).click();
		await page.getByText('visitors add').waitFor();
		await bob.until('Alice', async () => (await bob.peers()).length > 0);
		await ask(bob, `/api/p/${alice.id}/data/insert`,
			{ table: 'films', data: { title: 'Playtime', year: 1967, kind: 'comedy' } });
		await page.getByText('2 rows').waitFor();
		await page.locator('#rows .by', { hasText: 'Bob' }).waitFor();
	});

	it('changes a row', async () => {
		await page.getByRole('button', { name: 'Change row 1' }).click();
		await dialog().getByLabel('title').fill('Casablanca');
		await dialog().getByRole('button', { name: 'Save' }).click();
		await page.getByRole('cell', { name: 'Casablanca' }).waitFor();
		const [row] = await ask(alice, '/api/data/find',
			{ table: 'films', where: '_id = ?', args: [1] });
		assert.equal(row.title, 'Casablanca');
		assert.equal(row.year, 1942);
	});

	it('sorts, filters and pages', async () => {
		for (let i = 0; i < 60; i++)
			await ask(alice, '/api/data/insert', { table: 'films',
				data: { title: `Film ${i}`, year: 2000 + i } });
		await page.getByText('62 rows').waitFor();
		assert.equal(await rows().count(), 50);
		await page.getByRole('button', { name: 'Next page' }).click();
		await page.getByText('51 to 62').waitFor();
		await page.getByRole('button', { name: 'year' }).click();
		await page.getByText('1 to 50').waitFor();
		await page.getByRole('cell', { name: 'Casablanca' }).waitFor();
		assert.equal(await rows().first().locator('td').nth(3).textContent(), '1942');
		await page.keyboard.press('/');
		await page.keyboard.type('film 5');
		await page.getByText('11 rows').waitFor();
		await page.locator('#filter-column').selectOption('year');
		await page.locator('#filter-test').selectOption('above');
		await page.locator('#filter-text').fill('2057');
		await page.getByText('2 rows').waitFor();
		await page.locator('#filter-text').fill('');
		await page.getByText('62 rows').waitFor();
	});

	it('deletes what was chosen, and brings it back', async () => {
		await page.getByLabel('Select row 1', { exact: true }).check();
		await page.getByLabel('Select row 2', { exact: true }).check();
		await page.getByRole('button', { name: 'Delete 2 rows' }).click();
		await page.getByText('2 rows deleted.').waitFor();
		await page.getByText('60 rows').waitFor();
		await screenshot(page, 'data-deleted');
		await page.locator('#toast').getByRole('button', { name: 'Undo' }).click();
		await page.getByText('62 rows').waitFor();
		await page.getByRole('cell', { name: 'Casablanca' }).waitFor();
		const back = await ask(alice, '/api/data/find',
			{ table: 'films', where: '_id = ?', args: [2] });
		assert.equal(back[0]._owner, bob.id);
	});

	it('gives the rows as files', async () => {
		for (const [name, kind] of [['CSV', 'csv'], ['JSON', 'json']]) {
			const [download] = await Promise.all([page.waitForEvent('download'),
				page.getByRole('link', { name, exact: true }).click()]);
			assert.equal(download.suggestedFilename(), `films.${kind}`);
			const text = readFileSync(await download.path(), 'utf8');
			if (kind === 'json')
				assert.equal(JSON.parse(text).length, 62);
			else
				assert.equal(text.trim().split(/\r?\n/).length, 63);
			assert.match(text, /Casablanca/);
		}
	});

	it('changes columns, and brings one back', async () => {
		await page.getByRole('button', { name: 'Columns' }).click();
		await dialog().getByRole('button', { name: 'Add column' }).click();
		await dialog().getByLabel('Column name').fill('stars');
		await dialog().getByLabel('Type').selectOption('real');
		await dialog().getByRole('button', { name: 'Add column' }).click();
		await page.getByRole('columnheader', { name: 'stars' }).waitFor();
		await page.getByRole('button', { name: 'Columns' }).click();
		await screenshot(page, 'data-columns');
		await dialog().getByRole('button', { name: 'Delete column title' }).click();
		await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
		await page.getByRole('columnheader', { name: 'title' }).waitFor({ state: 'detached' });
		await page.getByRole('button', { name: 'Restore the column title' }).click();
		await page.getByRole('cell', { name: 'Casablanca' }).waitFor();
	});

	it('deletes a table, and brings it back', async () => {
		await page.getByRole('button', { name: 'Columns' }).click();
		await dialog().getByRole('button', { name: 'Delete table' }).click();
		await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
		await page.getByText('Table films deleted.').waitFor();
		assert.equal(await page.locator('#tables a', { hasText: 'films' }).count(), 0);
		await page.getByRole('button', { name: 'Restore the table films' }).click();
		await page.getByText('62 rows').waitFor();
	});

	it('has fields for columns of any name', async () => {
		await ask(alice, '/api/data/tables/create', { name: 'odd',
			columns: [{ name: 'length', type: 'TEXT' }] });
		await page.goto(new URL('/data#odd', alice.url).href);
		await page.locator('#table-name', { hasText: /^odd$/ }).waitFor();
		await page.getByRole('button', { name: 'Add a row' }).click();
		await dialog().getByLabel('length').fill('12 m');
		await dialog().getByRole('button', { name: 'Add' }).click();
		await rows().filter({ hasText: '12 m' }).waitFor();
	});

	it('shows what rows fit if they are huge', async () => {
		for (let count = 0; count < 10; count++)
			await ask(alice, '/api/data/insert', { table: 'odd',
				data: { length: 'x'.repeat(900 * 1024) } });
		await page.reload();
		await page.getByText('11 rows', { exact: true }).waitFor();
		const shown = await rows().count();
		assert.ok(shown > 0 && shown < 11, shown);
		await page.locator('#page-on').click();
		await page.getByText(`${shown + 1} to`).waitFor();
		// The browser tells of each 413.
		assert.ok(errors.splice(0).every((text) => text.includes('413')));
		await ask(alice, '/api/data/tables/delete', { table: 'odd' });
		await page.goto(new URL('/data#films', alice.url).href);
		await page.locator('#table-name', { hasText: /^films$/ }).waitFor();
	});

	it('looks well in both themes and on a phone', async () => {
		for (const scheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme: scheme });
			for (const [width, kind] of [[1100, ''], [390, '-phone']]) {
				await page.setViewportSize({ width, height: 760 });
				assert.ok(await page.evaluate(() =>
					document.documentElement.scrollWidth <= innerWidth), `${width}`);
				await page.waitForTimeout(250); // for transitions to end
				await screenshot(page, `data-${scheme}${kind}`);
			}
		}
	});

	it('had nothing to complain about', () => assert.deepEqual(errors, []));
});
