// The owner's pages in a real browser.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Network } from '../scenarios/lib/netns.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { browserMissing, complaints, openBrowser, screenshot }
	from './lib/browser.mjs';

const quick = { presence: { ttl_seconds: 4, heartbeat_seconds: 1 } };
// Names that would be markup, or break out of an attribute.
const HOSTILE = `<img src=x onerror="document.title='owned'">"'&`;

describe('the viewer in a browser', { skip: browserMissing, timeout: 240000 }, () => {
	const closers = [];
	const t = { name: 'browser', after: (close) => closers.push(close) };
	let lan, alice, bob, carol, browser, page, errors;

	before(async () => {
		lan = Network.create(t);
		const host = lan.host();
		[alice, bob, carol] = await Promise.all([
			Peer.init(t, { label: 'Alice', host, config: quick }),
			Peer.init(t, { label: 'Bob', host: lan.host(), config: quick,
				files: { 'index.html': '<!doctype html><title>Bob</title>' +
					'<h1>This is Bob</h1><script>document.body.dataset.ran = "yes"' +
					'</script>' } }),
			Peer.init(t, { label: HOSTILE, host: lan.host(), config: quick })]);
		await alice.start();
		browser = await openBrowser(t, host);
		page = await browser.newPage();
		errors = complaints(page);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const row = (peer) => page.locator(`li[data-id="${peer.id}"]`);
	const open = (path) => page.goto(new URL(path, alice.url).href);

	it('explains an empty list', async () => {
		await open('/');
		assert.equal(new URL(page.url()).pathname, '/peers');
		await page.getByText('Listening for others').waitFor();
		await page.locator('#whoami', { hasText: 'Alice' }).waitFor();
		await screenshot(page, 'peers-empty');
	});

	it('fills the list by itself when peers start', async () => {
		await Promise.all([bob.start(), carol.start()]);
		await row(bob).getByText('online').waitFor();
		await row(carol).getByText('online').waitFor();
		await page.getByText('2 online').waitFor();
		assert.equal(await page.getByText('Listening for others').isVisible(), false);
	});

	it('shows names as text', async () => {
		assert.equal(await row(carol).locator('.name').textContent(), HOSTILE);
		assert.equal(await page.locator('main img').count(), 0);
		assert.doesNotMatch(await page.title(), /owned/);
	});

	it('searches, and is walked by keys', async () => {
		await page.keyboard.press('/');
		await page.keyboard.type('bob'); // two letters stand in many an id
		await row(carol).waitFor({ state: 'hidden' });
		await page.keyboard.press('ArrowDown');
		assert.equal(await row(bob).locator('a')
			.evaluate((link) => link === document.activeElement), true);
		await page.locator('#search').fill('nobody at all');
		await page.getByText('No peer matches').waitFor();
		await page.locator('#search').fill('');
		await row(carol).waitFor();
	});

	it('looks well in both themes and on a phone', async () => {
		for (const scheme of ['light', 'dark'])
			for (const path of ['peers', 'self', 'logs']) {
				await page.emulateMedia({ colorScheme: scheme });
				await open(path);
				await page.locator('#whoami', { hasText: 'Alice' }).waitFor();
				for (const [width, kind] of [[1100, ''], [390, '-phone']]) {
					await page.setViewportSize({ width, height: 760 });
					assert.ok(await page.evaluate(() => document.documentElement.scrollWidth
						<= innerWidth), `${path} fits ${width}`);
					await page.waitForTimeout(250); // for transitions to end
					await screenshot(page, `${path}-${scheme}${kind}`);
				}
				const dark = await page.evaluate(() => {
					const [, ...rgb] = /(\d+), (\d+), (\d+)/.exec(
						getComputedStyle(document.body).backgroundColor);
					return rgb.reduce((sum, part) => sum + Number(part), 0) < 300;
				});
				assert.equal(dark, scheme === 'dark', path);
				await page.setViewportSize({ width: 1100, height: 760 });
			}
	});

	it('opens a site at an origin of its own', async () => {
		await open('/peers');
		await row(bob).locator('a').click();
		await page.getByRole('heading', { name: 'This is Bob' }).waitFor();
		const url = new URL(page.url());
		assert.match(url.hostname, /^k[0-9a-z]+\.localhost$/);
		assert.equal(url.pathname, '/');
		assert.equal(await page.evaluate(() => document.body.dataset.ran), 'yes');
	});

	it('changes the label, here and at the others', async () => {
		await open('/self');
		// What comes first would else be put before what is typed.
		await page.locator('#whoami', { hasText: 'Alice' }).waitFor();
		await page.getByLabel('Name').fill('Alice II');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('Saved and announced').waitFor();
		await page.locator('#whoami', { hasText: 'Alice II' }).waitFor();
		await bob.until('the label', async () =>
			(await bob.peers()).some(({ label }) => label === 'Alice II'));
	});

	it('remembers the theme', async () => {
		await open('/self');
		await page.locator('#whoami', { hasText: 'Alice' }).waitFor();
		await page.getByLabel('Light').check();
		await alice.until('the theme to be saved', async () => JSON.parse(
			(await alice.http('/api/settings/quick/get')).body).theme === 'light');
		await open('/peers');
		assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
	});

	it('shows logs live, filters and pauses', async () => {
		await open('/logs');
		await page.locator('#lines li', { hasText: 'settings changed' }).first().waitFor();
		await page.getByLabel('Contains').fill('settings changed');
		await page.locator('#lines li:visible', { hasText: 'listening' })
			.waitFor({ state: 'detached' });
		const before = await page.locator('#lines li').count();
		await page.getByRole('button', { name: 'Pause' }).click();
		await alice.http('/api/settings/quick', { method: 'POST', body: '{}',
			headers: { 'Content-Type': 'application/json' } });
		await page.getByText('1 new while paused').waitFor();
		assert.equal(await page.locator('#lines li').count(), before);
		await page.getByRole('button', { name: 'Continue' }).click();
		await page.waitForFunction((count) =>
			document.querySelectorAll('#lines li').length > count, before);
		await page.getByLabel('Contains').fill('');
		await page.getByLabel('Part').selectOption('goop2');
		await page.locator('#lines li:visible', { hasText: 'starting goopd' }).waitFor();
		assert.deepEqual(new Set(await page.locator('#lines li:visible .daemon')
			.allTextContents()), new Set(['goop2']));
		await page.getByLabel('Part').selectOption('');
	});

	it('shares one stream between many tabs', async () => {
		const tabs = await Promise.all(Array.from({ length: 8 }, async () => {
			const tab = await browser.newPage();
			await tab.goto(new URL('/peers', alice.url).href);
			return tab;
		}));
		for (const tab of tabs)
			await tab.locator(`li[data-id="${bob.id}"]`).waitFor();
		await Promise.all(tabs.map((tab) => tab.close()));
		await open('/peers');
		await row(bob).waitFor();
	});

	it('dims a peer that stops, and shows it when it is back', async () => {
		await bob.stop();
		await page.locator(`li[data-id="${bob.id}"][data-state="offline"]`).waitFor();
		await screenshot(page, 'peers-one-offline');
		await bob.start();
		await row(bob).getByText('online').waitFor();
	});

	it('is live also if the feed did not come at first', async () => {
		const another = await openBrowser(t, alice.host); // has no worker yet
		let asked = 0;
		await another.route('**/feed-worker.js', (route) =>
			++asked < 3 ? route.abort() : route.continue());
		const fresh = await another.newPage();
		await fresh.goto(new URL('/peers', alice.url).href);
		await fresh.locator('#whoami', { hasText: 'Alice' }).waitFor();
		assert.equal(asked, 3);
		await another.close();
	});

	it('survives a restart of each daemon', async () => {
		for (const name of ['goopd', 'goop-discoveryd', 'goop-viewerd']) {
			process.kill((await alice.daemon(name)).pid, 'SIGKILL');
			await alice.until(`${name} to be back`, async () =>
				(await alice.daemon(name)).state === 'ready');
			// The page may still show what was before.
			await alice.until('Bob', async () => (await alice.peers())
				.some((peer) => peer.peer_id === bob.id && !peer.is_offline));
			await page.locator('#link-dot.on').waitFor();
			await row(bob).getByText('online').waitFor();
		}
		await bob.stop(); // and it is live again
		await page.locator(`li[data-id="${bob.id}"][data-state="offline"]`).waitFor();
	});

	it('explains an unreachable peer', async () => {
		await row(bob).locator('a').click();
		await page.getByRole('heading', { name: 'cannot be reached' }).waitFor();
		await page.getByRole('link', { name: 'Try again' }).waitFor();
		await screenshot(page, 'unreachable');
	});

	it('never broke its own rules', () => {
		// The viewer was killed on purpose, a peer away: not their fault.
		assert.deepEqual(errors.filter((text) => !/net::ERR_|502|Failed to load/.test(text)), []);
	});
});
