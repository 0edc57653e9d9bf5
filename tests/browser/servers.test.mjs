// Rendezvous servers on the owner's pages, in a real browser.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Internet } from '../scenarios/lib/internet.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs';
import { browserMissing, complaints, openBrowser, screenshot }
	from './lib/browser.mjs';

const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';
const NOBODY = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5';

describe('rendezvous servers on the pages', { skip: browserMissing,
	timeout: 240000 }, () => {
	const closers = [];
	const t = { name: 'servers', after: (close) => closers.push(close) };
	let server, alice, bob, page, errors;

	before(async () => {
		const internet = Internet.create(t);
		const host = internet.lan().host();
		server = await Rendezvous.start(t, { host: internet.lan().host() });
		const presence = { ttl_seconds: 10, heartbeat_seconds: 2,
			rendezvous_wan: server.url };
		[alice, bob] = await Promise.all([
			Peer.init(t, { label: 'Alice', host, config: { presence:
				{ ...presence, rendezvous_host: true } } }),
			Peer.init(t, { label: 'Bob', host: internet.lan().host(),
				config: { presence } })]);
		await Promise.all([alice.start(), bob.start()]);
		page = await (await openBrowser(t, host)).newPage();
		errors = complaints(page);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const open = (path) => page.goto(new URL(path, alice.url).href);
	const row = (id) => page.locator(`li[data-id="${id}"]`);

	it('Peers tells where a peer is seen, and what nobody proved', async () => {
		await open('/peers');
		await row(bob.id).getByText('online').waitFor();
		await row(bob.id).getByText('WAN').waitFor();
		assert.equal(await row(bob.id).getByText('unproven').count(), 0);
		await server.publish({ type: 'online', peerId: NOBODY,
			content: HOSTILE });
		await row(NOBODY).getByText('unproven').waitFor();
		assert.equal(await row(NOBODY).locator('.name').textContent(), HOSTILE);
		await screenshot(page, 'peers-wan');
	});

	it('Me lists the servers, and says what is wrong', async () => {
		await open('/self');
		const own = page.locator('#server-list li', { hasText: 'hosted by me' });
		const other = page.locator('#server-list li', { hasText: server.url });
		await own.getByText('connected by WebSocket').waitFor();
		await other.getByText('connected by WebSocket, 2 peers').waitFor();
		await other.scrollIntoViewIfNeeded();
		await screenshot(page, 'me-servers');
		await server.stop();
		await other.getByText(/not connected: .*Retrying/).waitFor();
		await screenshot(page, 'me-server-gone');
		assert.doesNotMatch(await page.title(), /owned/);
		assert.deepEqual(errors, []);
	});
});
