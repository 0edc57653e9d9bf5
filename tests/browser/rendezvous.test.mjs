// The pages of a rendezvous server in a real browser.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Network } from '../scenarios/lib/netns.mjs';
import { Rendezvous, curl } from '../scenarios/lib/rendezvous.mjs';
import { Subscriber } from '../scenarios/lib/subscriber.mjs';
import { browserMissing, complaints, openBrowser, screenshot }
	from './lib/browser.mjs';

const HOSTILE = `<img src=x onerror="document.title='owned'">"'&\u202e`;
const PASSWORD = 'correct horse: battery';
const addrs = ['/ip4/192.0.2.7/tcp/4001', '/ip6/2001:db8::7/tcp/4001'];

describe('a rendezvous server in a browser',
	{ skip: browserMissing, timeout: 240000 }, () => {
	const closers = [];
	const t = { name: 'rendezvous', after: (close) => closers.push(close) };
	let host, server, browser, page, errors;

	before(async () => {
		const lan = Network.create(t);
		host = lan.host();
		server = await Rendezvous.start(t, { host,
			config: { presence: { admin_password: PASSWORD } } });
		// From another machine: no secure context, as on any LAN.
		browser = await openBrowser(t, lan.host(), { httpCredentials:
			{ username: 'admin', password: PASSWORD } });
		page = await browser.newPage();
		errors = complaints(page);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const open = (path) => page.goto(`${server.url}${path}`);
	const publish = async (message) => assert.equal(
		(await curl(host, `${server.url}/publish`, { method: 'POST',
			body: JSON.stringify(message) })).status, 204);
	const row = (id) => page.locator('#peers tr', { hasText: id });

	it('shows the address to connect to, and a code of it', async () => {
		await open('/');
		assert.equal(await page.locator('.urls code').first().textContent(),
			server.url);
		assert.equal(await page.locator('svg.qr').count(), 1);
		assert.match(await page.locator('.steps').textContent(),
			new RegExp(`goop2 join ~/my-peer ${server.url}`));
		await screenshot(page, 'rendezvous-light');
	});

	it('copies where there is no clipboard to ask', async () => {
		assert.equal(await page.evaluate(() => window.isSecureContext), false);
		const button = page.locator('.urls button').first();
		await button.click();
		await page.locator('.urls button', { hasText: 'Copied' }).waitFor();
		await page.evaluate(() => {
			const field = document.createElement('input');
			field.id = 'pasted';
			document.body.append(field);
		});
		await page.locator('#pasted').focus();
		await page.keyboard.press('Control+V');
		assert.equal(await page.locator('#pasted').inputValue(), server.url);
	});

	it('counts who is online, live, and names nobody', async () => {
		await open('/');
		await page.locator('.online', { hasText: '0 peers online' }).waitFor();
		await publish({ type: 'online', peerId: 'bob', content: 'Bob' });
		await page.locator('.online', { hasText: '1 peer online' }).waitFor();
		assert.doesNotMatch(await page.content(), /Bob/);
	});

	it('explains', async () => {
		await open('/');
		await page.getByRole('link', { name: 'Docs' }).click();
		await page.getByRole('heading', { name: 'Privacy', exact: true }).waitFor();
		const text = await page.locator('main').textContent();
		assert.match(text, /reverse_proxy localhost:8787/);
		assert.match(text, /"rendezvous_wan": "http:\/\/10\./);
		assert.doesNotMatch(text, /\{\{|\}\}/);
	});

	it('shows the owner who is there, as text', async () => {
		await publish({ type: 'online', peerId: 'mallory', content: HOSTILE,
			email: HOSTILE, addrs, activeTemplate: HOSTILE.slice(0, 40) });
		const ear = new Subscriber(t, host, { url: server.url, kind: 'ws',
			peerId: 'mallory' });
		await ear.open;
		await open('/admin');
		await row('mallory').getByText('WebSocket').waitFor();
		// What turns text around is replaced by the server, each byte of it.
		assert.equal(await row('mallory').locator('.name').textContent(),
			HOSTILE.replace('\u202e', '???'));
		assert.equal(await page.locator('main img').count(), 0);
		assert.equal(await page.title(), 'Admin · Goop² rendezvous');
		await row('mallory').locator('summary').click();
		await row('mallory').getByText(addrs[1]).waitFor();
		assert.match(await page.locator('#journal').textContent(),
			/online mallory "<img src=x/);
		await ear.stop();
		await row('mallory').getByText('WebSocket').waitFor({ state: 'hidden' });
	});

	it('stays open where the owner looks, while it is refreshed', async () => {
		await publish({ type: 'update', peerId: 'mallory', content: 'M', addrs });
		await row('mallory').getByText('M', { exact: true }).waitFor();
		assert.equal(await row('mallory').locator('details').getAttribute('open'),
			'');
	});

	it('filters, and forgets who left', async () => {
		await page.locator('#filter').fill('mallory');
		await row('bob').waitFor({ state: 'detached' });
		await page.locator('#filter').fill('nobody at all');
		await page.getByText('No peer matches').waitFor();
		await page.locator('#filter').fill('');
		await publish({ type: 'offline', peerId: 'mallory' });
		await row('mallory').waitFor({ state: 'detached' });
	});

	it('tells which limits were hit', async () => {
		await server.ask('/publish', { method: 'POST', body: '{' });
		await page.locator('#limits tr', { hasText: 'no JSON' }).waitFor();
	});

	it('draws what happened', async () => {
		await publish({ type: 'update', peerId: 'bob', content: 'Bob' });
		await page.waitForFunction(() => (document.querySelector('.graph .line')
			?.getAttribute('d') ?? '').includes('L'));
		assert.equal(await page.locator('.graph').count(), 5);
	});

	it('looks well in both themes and on a phone', async () => {
		for (let i = 0; i < 12; i++)
			await publish({ type: 'online', peerId: `12D3KooWPeer${i}xQ9wJt4` +
				'hYbVbkGJ6oVtE3nZsPp1RfDqA', content: `Peer number ${i}`, addrs });
		for (const [name, path] of [['rendezvous', '/'],
			['rendezvous-docs', '/docs'], ['rendezvous-admin', '/admin']]) {
			for (const scheme of ['light', 'dark']) {
				await page.setViewportSize({ width: 1100, height: 900 });
				await page.emulateMedia({ colorScheme: scheme });
				await open(path);
				if (path === '/admin')
					await row('Peer11').waitFor();
				await screenshot(page, `${name}-${scheme}`);
			}
			await page.setViewportSize({ width: 390, height: 844 });
			await screenshot(page, `${name}-phone`);
			const overflow = await page.evaluate(() =>
				document.documentElement.scrollWidth - innerWidth);
			assert.equal(overflow, 0, `${path} is wider than a phone`);
		}
	});

	it('says so when the server is away', async () => {
		await server.stop();
		await page.getByText('The server does not answer').waitFor();
	});

	it('never broke its own rules', () => {
		// The server was away, and a page was left while it still faded in.
		assert.deepEqual(errors.filter((line) => !/net::|ViewTransition/
			.test(line)), []);
	});
});
