// A site that means no good, visited with a real browser: what its script can
// reach. Each attempt reports what it got; nothing may be more than it should.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Network } from '../scenarios/lib/netns.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { browserMissing, openBrowser } from './lib/browser.mjs';

describe('a hostile site', { skip: browserMissing, timeout: 240000 }, () => {
	const closers = [];
	const t = { name: 'hostile', after: (close) => closers.push(close) };
	let alice, mallory, bob, browser, page, owner;

	before(async () => {
		const lan = Network.create(t);
		const host = lan.host();
		const site = { 'index.html': '<!doctype html><h1>Mallory</h1>',
			'sw.js': 'onfetch = () => {};', 'worker.js': 'postMessage("works")',
			'sound.wav': Buffer.from('524946462400000057415645', 'hex') };
		alice = await Peer.init(t, { label: 'Alice', host });
		mallory = await Peer.init(t, { label: 'Mallory', host: lan.host(), files: site });
		bob = await Peer.init(t, { label: 'Bob', host: lan.host(), files: {
			'index.html': '<!doctype html><h1>Bob</h1>', 'private.txt': 'of Bob' } });
		await Promise.all([alice.start(), mallory.start(), bob.start()]);
		await Promise.all([alice.sees(mallory), alice.sees(bob)]);
		owner = alice.url.replace(/\/$/, '');
		browser = await openBrowser(t, host);
		page = await browser.newPage();
		await visit(mallory);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const visit = (peer) => page.goto(`${owner}/p/${peer.id}/`);
	// Run in the page's own world; what it throws is told as text.
	const attempt = (code, argument) => page.evaluate(([text, value]) =>
		new Function('value', `return (async () => { ${text} })()`)(value)
			.catch((error) => `${error.name}`), [code, argument]);
	const fetched = (address, options) => attempt(`
		const answer = await fetch(value.address, value.options);
		return answer.type + ' ' + answer.status + ' ' + (await answer.text()).slice(0, 200);`,
	{ address, options });

	const secrets = ['/api/self', '/api/peers', '/api/logs', '/api/settings/quick/get',
		'/api/status', '/peers', '/self', '/assets/viewer.css'];

	it('runs, at its own origin', async () => {
		assert.match(new URL(page.url()).hostname, /^k\w+\.localhost$/);
		assert.equal(await attempt('return 1 + 1'), 2);
	});

	it('learns id and label of the owner, no more', async () => {
		const answer = await fetched('/api/self');
		const self = JSON.parse(answer.slice(answer.indexOf('{')));
		assert.deepEqual(self, { id: alice.id, label: 'Alice' });
	});

	it('finds nothing of the owner at its own origin', async () => {
		for (const path of secrets.slice(1))
			assert.match(await fetched(path), /^basic 404/, path);
		assert.match(await fetched('/api/settings/quick', { method: 'POST',
			headers: { 'Content-Type': 'application/json' }, body: '{"label":"owned"}' }),
		/^basic 405/);
	});

	it('fetches nothing from the owner\'s origins', async () => {
		const { port } = new URL(owner);
		for (const origin of [owner, `http://localhost:${port}`, `http://[::1]:${port}`])
			for (const path of secrets) {
				assert.equal(await fetched(origin + path), 'TypeError', origin + path);
				assert.equal(await fetched(origin + path, { mode: 'no-cors' }), 'TypeError');
			}
		assert.equal(await fetched(`${owner}/api/settings/quick`, { method: 'POST',
			mode: 'no-cors', body: '{"label":"owned"}' }), 'TypeError');
	});

	it('opens no event stream of the owner', async () => {
		assert.equal(await attempt(`
			return new Promise((done) => {
				const source = new EventSource(value + '/api/peers/events');
				source.onopen = () => done('open');
				source.onerror = () => done('refused ' + source.readyState);
			});`, owner), 'refused 2');
	});

	it('posts no form to the owner', async () => {
		await attempt(`
			const form = document.createElement('form');
			form.method = 'POST';
			form.enctype = 'text/plain';
			form.action = value + '/api/settings/quick';
			form.append(Object.assign(document.createElement('input'),
				{ name: '{"label":"owned","x":"', value: '"}' }));
			document.body.append(form);
			form.submit();
			await new Promise((done) => setTimeout(done, 700));`, owner)
			.catch(() => {}); // had it gone through, the page would be another
		const { body } = await alice.http('/api/self');
		assert.equal(JSON.parse(body).label, 'Alice');
		await visit(mallory);
	});

	it('does not frame the viewer, nor other sites', async () => {
		for (const address of [`${owner}/peers`, `${owner}/self`, `${owner}/p/${bob.id}/`])
			assert.match(await attempt(`
				const frame = document.createElement('iframe');
				frame.src = value;
				document.body.append(frame);
				await new Promise((done) => {
					frame.onload = done;
					setTimeout(done, 1000);
				});
				const inside = (() => {
					try {
						return frame.contentDocument?.body?.innerText || 'nothing';
					} catch (error) {
						return error.name;
					}
				})();
				frame.remove();
				return inside;`, address), /^(nothing|SecurityError)$/, address);
		const seen = page.frames().map((frame) => frame.url());
		assert.deepEqual(seen.filter((url) => url.startsWith(owner)), []);
	});

	it('holds no handle on the viewer it opens', async () => {
		assert.equal(await attempt(`
			const opened = open(value + '/peers', 'viewer');
			await new Promise((done) => setTimeout(done, 1500));
			try {
				return opened === null || opened.closed ? 'no handle' :
					'reads ' + opened.document.title;
			} catch (error) {
				return error.name;
			}`, owner), 'no handle');
		for (const other of browser.pages())
			if (other !== page)
				await other.close();
	});

	it('reads nothing of another site', async () => {
		const bobs = (await alice.http(`/p/${bob.id}/`, { headers: {
			'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate',
			'Sec-Fetch-Dest': 'document' } })).headers.location;
		for (const mode of ['cors', 'no-cors'])
			assert.equal(await fetched(`${bobs}private.txt`, { mode }), 'TypeError');
		assert.match(await fetched(`/p/${bob.id}/private.txt`), /^basic 404/);
	});

	it('does not see what another site stored', async () => {
		await visit(bob);
		await attempt(`localStorage.setItem('secret', 'of Bob');
			document.cookie = 'secret=bob; domain=localhost';
			document.cookie = 'own=bob';`);
		await visit(mallory);
		assert.equal(await attempt('return localStorage.getItem("secret")'), null);
		assert.equal(await attempt('return document.cookie'), '');
		assert.deepEqual(await attempt('return (await indexedDB.databases()).length'), 0);
		await visit(bob);
		assert.equal(await attempt('return localStorage.getItem("secret")'), 'of Bob');
		await visit(mallory);
	});

	it('leaves nothing behind that runs', async () => {
		assert.match(await attempt(`
			await navigator.serviceWorker.register('sw.js');
			return 'registered';`), /Error/);
	});

	it('talks to nobody else', async () => {
		const { ipv4 } = bob.host;
		for (const address of [`http://${ipv4}/`, 'http://192.0.2.1/', 'https://example.org/'])
			assert.equal(await fetched(address, { mode: 'no-cors' }), 'TypeError', address);
		assert.equal(await attempt(`
			return new Promise((done) => {
				const image = new Image();
				image.onload = () => done('loaded');
				image.onerror = () => done('refused');
				image.src = 'http://192.0.2.1/pixel.png';
			});`), 'refused');
		assert.match(await attempt(`return new Promise((done) => {
				const socket = new WebSocket(value.replace('http', 'ws') + '/x');
				socket.onopen = () => done('open');
				socket.onerror = () => done('refused');
			});`, owner), /refused|Error/);
		assert.equal(await attempt('return navigator.sendBeacon(value + "/api/peers/probe") ? "sent" : "no"',
			owner).then(() => alice.http('/api/self')).then(({ status }) => status), 200);
	});

	it('may use what it brings itself', async () => {
		assert.equal(await attempt(`
			const style = document.createElement('style');
			style.textContent = 'h1 { color: rgb(1, 2, 3) }';
			document.head.append(style);
			return getComputedStyle(document.querySelector('h1')).color;`), 'rgb(1, 2, 3)');
		assert.equal(await attempt(`
			return new Promise((done) => {
				const worker = new Worker('worker.js');
				worker.onmessage = ({ data }) => done(data);
				worker.onerror = () => done('no worker');
			});`), 'works');
		assert.equal(await attempt(`
			await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
			return 'compiled';`), 'compiled');
		assert.match(await fetched('sound.wav'), /^basic 200/);
	});

	it('is dead where no origin of its own can be had', async () => {
		// What a client without Fetch Metadata gets, shown by a browser.
		const { headers } = await alice.http(`/p/${mallory.id}/`);
		assert.match(headers['content-security-policy'], /sandbox/);
	});
});
