// Joining a rendezvous server, and inviting others, in a real browser.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Internet } from '../scenarios/lib/internet.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { Rendezvous } from '../scenarios/lib/rendezvous.mjs';
import { browserMissing, complaints, openBrowser, screenshot }
	from './lib/browser.mjs';

const presence = { ttl_seconds: 10, heartbeat_seconds: 2 };

describe('joining on the pages', { skip: browserMissing, timeout: 240000 },
	() => {
	const closers = [];
	const t = { name: 'join', after: (close) => closers.push(close) };
	let server, alice, bob, page, errors, link;

	before(async () => {
		const internet = Internet.create(t);
		const host = internet.lan().host();
		server = await Rendezvous.start(t, { host: internet.lan().host() });
		[alice, bob] = await Promise.all([
			Peer.init(t, { label: 'Alice', host, config: { presence } }),
			Peer.init(t, { label: 'Bob', host: internet.lan().host(), config:
				{ presence: { ...presence, rendezvous_wan: server.url } } })]);
		await Promise.all([alice.start(), bob.start()]);
		link = `${server.url}/join#${bob.id}`;
		page = await (await openBrowser(t, host)).newPage();
		errors = complaints(page);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const open = (path) => page.goto(new URL(path, alice.url).href);
	const servers = async () =>
		JSON.parse((await alice.http('/api/servers')).body).servers;
	const shots = async (name) => {
		await screenshot(page, name);
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.setViewportSize({ width: 360, height: 800 });
		await screenshot(page, `${name}-narrow-dark`);
		assert.ok(await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth), 'too wide');
		await page.setViewportSize({ width: 1100, height: 760 });
		await page.emulateMedia({ colorScheme: 'light' });
	};

	it('Me says what is wrong with a server, in words', async () => {
		await open('/self');
		await page.locator('#no-invitation', { hasText: 'Join' }).waitFor();
		const field = page.getByLabel('Rendezvous server', { exact: true });
		await field.scrollIntoViewIfNeeded();
		await shots('join-me-before');
		await field.fill('http://nobody.invalid');
		await field.press('Enter');
		await page.getByText(/Not connected: .*nobody\.invalid is not known/)
			.waitFor();
		await shots('join-me-error');
		assert.equal(await field.inputValue(), 'http://nobody.invalid');
		assert.deepEqual(await servers(), []);
		errors.length = 0; // the browser notes the 502
	});

	it('Me joins a server that was pasted, and leaves it', async () => {
		const field = page.getByLabel('Rendezvous server', { exact: true });
		await field.fill(` ${server.url} `);
		await page.getByRole('button', { name: 'Connect' }).click();
		await page.locator('#server-list li', { hasText:
			'connected by WebSocket' }).waitFor();
		await page.locator('#invite', { hasText:
			`${server.url}/join#${alice.id}` }).waitFor();
		await page.waitForFunction(() =>
			document.querySelector('#invite-qr').naturalWidth > 0);
		await field.scrollIntoViewIfNeeded();
		await shots('join-me-after');
		await page.getByRole('button', { name: /^Leave / }).press('Enter');
		await page.getByText('Left.').waitFor();
		await page.locator('#server-list:empty').waitFor({ state: 'attached' });
		await page.locator('#invitation').waitFor({ state: 'hidden' });
		assert.deepEqual(errors, []);
	});

	it("the server's page hands an invitation on, and joins nothing",
		async () => {
		await page.goto(link);
		const onward = page.getByRole('link', { name: /in my viewer/ });
		await onward.waitFor();
		assert.equal(await onward.getAttribute('href'),
			`http://127.0.0.1:8080/join#${encodeURIComponent(link)}`);
		await page.locator('#command', { hasText:
			`goop2 join ~/my-peer '${link}'` }).waitFor();
		await shots('join-server-page');
		await page.goto('about:blank');
		await page.goto(`${server.url}/join`);
		await page.getByText('Paste the whole link').waitFor();
		assert.equal(await onward.isVisible(), false);
		await page.goto('about:blank');
		await page.goto(`${server.url}/join#<img src=x>`);
		await page.getByText('Paste the whole link').waitFor();
		assert.deepEqual(errors, []);
	});

	it("the viewer's page asks, and a click joins", async () => {
		await open(`/join#${encodeURIComponent(link)}`);
		await page.locator('#host', { hasText: server.url }).waitFor();
		await page.locator('#inviter', { hasText: bob.id }).waitFor();
		await shots('join-viewer-page');
		assert.deepEqual(await servers(), []);
		await page.getByRole('button', { name: 'Join' }).press('Enter');
		await page.getByRole('link', { name: /^Visit the peer/ }).waitFor();
		assert.equal((await servers())[0].url, server.url);
		await shots('join-viewer-joined');
		await alice.sees(bob);
		assert.deepEqual(errors, []);
	});

	it('what is no invitation is none', async () => {
		for (const wrong of ['', 'javascript:alert(1)', '%',
			`http://me:x@trusted.example/join#${bob.id}`,
			`${server.url}/other#${bob.id}`, `${server.url}/join#`]) {
			await page.goto('about:blank');
			await open(`/join#${wrong === '%' ? wrong :
				encodeURIComponent(wrong)}`);
			await page.getByText('contains no invitation').waitFor();
			assert.equal(await page.locator('#asked').isVisible(), false, wrong);
		}
		assert.deepEqual(errors, []);
	});
});
