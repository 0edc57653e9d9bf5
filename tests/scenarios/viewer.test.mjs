// The viewer as its owner's programs and browsers meet it.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { BIG, NOBODY, TEN, ViewerScene, digest, html, json, visit }
	from './lib/viewer_scene.mjs';

describe('viewer', { skip: netnsMissing, timeout: 300000 }, () => {
	const scene = new ViewerScene('viewer');
	before(() => scene.open());
	after(() => scene.close());

	describe('API', () => {
		it('tells who I am', async () => {
			const self = JSON.parse((await scene.get('/api/self')).body);
			assert.equal(self.id, scene.alice.id);
			assert.equal(self.label, 'Alice');
			assert.equal(self.avatar_hash, '');
			assert.ok(self.addresses.length > 0);
		});

		it('lists the peers as the original does', async () => {
			const [row, ...others] = JSON.parse((await scene.get('/api/peers')).body);
			assert.equal(others.length, 0);
			const { LastSeen, Addresses, Source, Way, RoundTripUs, ...rest } = row;
			assert.ok(Math.abs(Date.now() - Date.parse(LastSeen)) < 60000);
			assert.ok(Addresses.length > 0);
			assert.deepEqual([Source, Way], ['lan', 'lan']);
			assert.ok(!(RoundTripUs < 0));
			assert.deepEqual(rest, { ID: scene.bob.id, Content: 'Bob', Email: '',
				AvatarHash: '', VideoDisabled: false, ActiveTemplate: '',
				Verified: false, Reachable: true, Offline: false,
				Favorite: false });
		});

		it('probes', async () => {
			const { status, body } = await scene.post('/api/peers/probe', undefined, {});
			assert.equal(status, 200);
			assert.equal(JSON.parse(body)[0].ID, scene.bob.id);
		});

		it('streams a snapshot first', async () => {
			const text = await scene.raw(scene.head('GET /api/peers/events HTTP/1.1'));
			assert.match(text, /^HTTP\/1\.1 200/);
			assert.match(text, /content-type: text\/event-stream/i);
			assert.match(text, /retry: \d+/);
			assert.match(text, /id: [0-9a-f]+-\d+\nevent: snapshot\ndata: \{"peers":\[\{"ID"/);
			assert.match(text, /event: self\ndata: \{"id"/);
			assert.match(text, /event: daemons\ndata: \{"goopd":true,"goop-discoveryd":true\}/);
			assert.match(text, /\(open\)/);
		});

		it('gives log lines, and streams them', async () => {
			const lines = JSON.parse((await scene.get('/api/logs')).body);
			for (const daemon of ['goop2', 'goopd', 'goop-discoveryd', 'goop-viewerd'])
				assert.ok(lines.some((line) => line.daemon === daemon), daemon);
			assert.ok(lines.every(({ ts, msg, level }) => ts && msg && level));
			assert.match(await scene.raw(scene.head('GET /api/logs/stream HTTP/1.1')),
				/event: snapshot\ndata: \{"lines":\[\{"ts"/);
		});

		it('tells how the daemons are', async () => {
			const status = JSON.parse((await scene.get('/api/status')).body);
			assert.deepEqual(status.daemons.map(({ state }) => state),
				['ready', 'ready', 'ready']);
		});

		it('changes settings, and the other peer hears of it', async () => {
			const before = JSON.parse((await scene.get('/api/settings/quick/get')).body);
			assert.deepEqual(Object.keys(before), ['label', 'email',
				'verification_token', 'theme', 'preferred_cam', 'preferred_mic',
				'video_disabled', 'hide_unverified', 'open_sites_external']);
			const { status, body } = await scene.post('/api/settings/quick',
				'{"label":"Alice Ä <b>","theme":"light","theme2":1}');
			assert.equal(status, 200);
			assert.deepEqual(JSON.parse(body), { status: 'ok' });
			const now = JSON.parse((await scene.get('/api/settings/quick/get')).body);
			assert.deepEqual(now, { ...before, label: 'Alice Ä <b>', theme: 'light' });
			await scene.bob.until('the new label', async () =>
				(await scene.bob.peers()).some(({ label }) => label === 'Alice Ä <b>'));
			assert.equal(JSON.parse((await scene.get('/api/self')).body).label, 'Alice Ä <b>');
		});

		it('says what is wrong with settings', async () => {
			for (const body of ['', '[]', '{', '{"label":4}',
				`{"label":"${'x'.repeat(300)}"}`, '{"label":"a\\u0000b"}',
				'{"video_disabled":"yes"}']) {
				const answer = await scene.post('/api/settings/quick', body);
				assert.equal(answer.status, 400, body);
				assert.match(answer.body, /\w+/);
			}
		});

		it('knows its methods', async () => {
			assert.equal((await scene.post('/api/self', '{}')).status, 405);
			assert.equal((await scene.get('/api/peers/probe')).status, 405);
			assert.equal((await scene.get('/api/nothing')).status, 404);
			assert.equal((await scene.alice.http('/peers', { method: 'DELETE' })).status, 405);
			const put = await scene.alice.http('/p/x/', { method: 'PUT' });
			assert.equal(put.status, 405);
			assert.equal(put.headers.allow, 'GET, HEAD');
		});
	});

	describe('pages', () => {
		it('go to Peers', async () => {
			const { status, headers } = await scene.get('/');
			assert.equal(status, 302);
			assert.equal(headers.location, '/peers');
		});

		it('carry a strict policy and validators', async () => {
			for (const path of ['/peers', '/self', '/logs', '/assets/viewer.css']) {
				const { status, headers } = await scene.get(path);
				assert.equal(status, 200, path);
				assert.match(headers['content-security-policy'],
					/^default-src 'none'; script-src 'self'; style-src 'self';/);
				assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
				assert.equal(headers['x-content-type-options'], 'nosniff');
				const again = await scene.get(path, { 'If-None-Match': headers.etag });
				assert.equal(again.status, 304, path);
				assert.equal(again.body, '');
			}
		});

		it('answer HEAD without a body', async () => {
			const { status, headers } = await scene.alice.http('/peers', { method: 'HEAD' });
			assert.equal(status, 200);
			assert.ok(Number(headers['content-length']) > 500);
		});

		it('have no inline script, style or foreign address', async () => {
			for (const path of ['/peers', '/self', '/logs']) {
				const { body } = await scene.get(path);
				assert.doesNotMatch(body, /<script(?![^>]*src="\/assets\/)|<style|\son\w+=|style="|https?:/);
			}
		});
	});

	describe('the SDK', () => {
		it('is the same at both kinds of origin, each with its policy', async () => {
			const own = await scene.get('/sdk/goop-data.js');
			const site = await scene.atSite('/sdk/goop-data.js');
			assert.equal(own.status, 200);
			assert.equal(site.status, 200);
			assert.equal(own.body, site.body);
			assert.match(own.headers['content-security-policy'], /frame-ancestors 'none'/);
			assert.match(site.headers['content-security-policy'], /frame-ancestors 'self'/);
		});

		it('says what its files are', async () => {
			for (const [name, type] of Object.entries({ 'goop-data.js': /^text\/javascript/,
				'goop-ui.css': /^text\/css/, 'goop.d.ts': /^text\/plain/ })) {
				const { status, headers } = await scene.atSite(`/sdk/${name}`);
				assert.equal(status, 200, name);
				assert.match(headers['content-type'], type);
				assert.equal(headers['x-content-type-options'], 'nosniff');
			}
		});

		it('is asked for each time, and comes only when it is another one', async () => {
			const { headers, bytes } = await scene.atSite('/sdk/goop-ui.js');
			assert.equal(headers['cache-control'], 'no-cache');
			const again = await scene.atSite('/sdk/goop-ui.js', { 'If-None-Match': headers.etag });
			assert.equal(again.status, 304);
			assert.equal(again.body, '');
			const head = await scene.alice.http('/sdk/goop-ui.js', { method: 'HEAD' });
			assert.equal(head.status, 200);
			assert.equal(Number(head.headers['content-length']), bytes.length);
		});

		it('has nothing else', async () => {
			for (const path of ['/sdk/', '/sdk/nothing.js', '/sdk/../assets/viewer.css',
				'/sdk/viewer.css'])
				assert.notEqual((await scene.atSite(path)).status, 200, path);
			assert.equal((await scene.alice.http('/sdk/goop-data.js', { method: 'POST',
				headers: json, body: '{}' })).status, 405);
		});
	});

	describe('files of a site', () => {
		it('come whole', async () => {
			const { status, headers, bytes } = await scene.file('big.bin');
			assert.equal(status, 200);
			assert.equal(Number(headers['content-length']), BIG.length);
			assert.equal(digest(bytes), digest(BIG));
		});

		it('come for HEAD without the bytes', async () => {
			const { status, headers, body } =
				await scene.alice.http(`/p/${scene.bob.id}/ten.txt`, { method: 'HEAD' });
			assert.equal(status, 200);
			assert.equal(headers['content-length'], '10');
			assert.equal(headers['accept-ranges'], 'bytes');
			assert.ok(headers.etag && headers['last-modified']);
			assert.equal(body, '');
		});

		it('are there when empty', async () => {
			const { status, headers, body } = await scene.file('empty.txt');
			assert.deepEqual([status, headers['content-length'], body], [200, '0', '']);
			// as a browser asks for media
			const part = await scene.file('empty.txt', { Range: 'bytes=0-' });
			assert.deepEqual([part.status, part.body], [200, '']);
		});

		const ranges = [
			['bytes=2-4', 206, '234', 'bytes 2-4/10'],
			['bytes=7-', 206, '789', 'bytes 7-9/10'],
			['bytes=-2', 206, '89', 'bytes 8-9/10'],
			['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
			['bytes=10-', 416, undefined, 'bytes */10'],
			['bytes=4-2', 200, TEN, undefined],
			['bytes=0-1,3-4', 200, TEN, undefined],
			['lines=1-2', 200, TEN, undefined],
		];
		for (const [range, status, body, content] of ranges)
			it(`come in part: ${range}`, async () => {
				const answer = await scene.file('ten.txt', { Range: range });
				assert.equal(answer.status, status);
				assert.equal(answer.headers['content-range'], content);
				if (body !== undefined)
					assert.equal(answer.body, body);
			});

		it('are not sent again when known', async () => {
			const { headers } = await scene.file('ten.txt');
			const tag = await scene.file('ten.txt', { 'If-None-Match': headers.etag });
			assert.equal(tag.status, 304);
			assert.equal(tag.body, '');
			const date = await scene.file('ten.txt',
				{ 'If-Modified-Since': headers['last-modified'] });
			assert.equal(date.status, 304);
			const same = await scene.file('ten.txt',
				{ Range: 'bytes=0-0', 'If-Range': headers.etag });
			assert.equal(same.status, 206);
			const other = await scene.file('ten.txt',
				{ Range: 'bytes=0-0', 'If-Range': '"other"' });
			assert.equal(other.status, 200);
		});

		it('are not sent where another version is wanted', async () => {
			const { headers } = await scene.file('ten.txt');
			const get = (name, value) => scene.file('ten.txt',
				{ Range: 'bytes=0-0', [name]: value });
			const statuses = [
				await get('If-Match', headers.etag),
				await get('If-Match', '"other"'),
				await get('If-Unmodified-Since', headers['last-modified']),
				await get('If-Unmodified-Since', 'Mon, 01 Jan 2001 00:00:00 GMT'),
			].map(({ status }) => status);
			assert.deepEqual(statuses, [206, 412, 206, 412]);
		});

		it('have one address each', async () => {
			const bare = await scene.get(`/p/${scene.bob.id}?q=1`);
			assert.equal(bare.status, 301);
			assert.equal(bare.headers.location, `/p/${scene.bob.id}/?q=1`);
			const directory = await scene.file('a%20b?q=1');
			assert.equal(directory.status, 301);
			assert.equal(directory.headers.location, `/p/${scene.bob.id}/a%20b/?q=1`);
			const other = await scene.get(`/p/${scene.site.split('.')[0]}/ten.txt`);
			assert.equal(other.status, 301);
			assert.equal(other.headers.location, `/p/${scene.bob.id}/ten.txt`);
			assert.match((await scene.file('a%20b/')).body, /spaced/);
		});

		it('of my own come too', async () => {
			const { status, body } = await scene.get(`/p/${scene.alice.id}/`);
			assert.equal(status, 200);
			assert.match(body, /html/);
		});

		const refused = [
			['nothing.html', 404], ['.secret', 403], ['lua/s.lua', 403],
			['a%2f..%2f..%2fgoop.json', 400],
			['a%00b', 400], ['a%zz', 400], ['%ff', 400],
		];
		for (const [name, status] of refused)
			it(`do not come: ${name}`, async () => {
				const answer = await scene.file(name);
				assert.equal(answer.status, status);
				assert.match(answer.headers['content-type'], /^text\/plain/);
				const page = await scene.file(name, html);
				assert.equal(page.status, status);
				assert.match(page.body, /<h1>/);
				assert.match(page.headers['content-security-policy'], /style-src 'sha256-/);
			});

		it('of nobody are a bad gateway, with a page that explains', async () => {
			const { status, body } = await scene.get(`/p/${NOBODY}/`, html);
			assert.equal(status, 502);
			assert.match(body, /cannot be reached/);
			assert.match(body, /Try again/);
			assert.equal((await scene.get('/p/alice/')).status, 404);
			assert.equal((await scene.get('/p/')).status, 404);
		});
	});

	describe('a site', () => {
		it('has an origin of its own for browsers', async () => {
			const { status, headers } =
				await scene.file('a%20b/x.html?a=%2F&b', visit);
			assert.equal(status, 302);
			assert.match(headers.location,
				/^http:\/\/k[0-9a-z]+\.localhost:\d+\/a%20b\/x\.html\?a=%2F&b$/);
		});

		it('is dead bytes for others', async () => {
			const { headers } = await scene.file('');
			assert.match(headers['content-security-policy'],
				/^default-src 'none'; .*; sandbox$/);
			assert.equal(headers['x-content-type-options'], 'nosniff');
		});

		it('is not embedded at the owner', async () => {
			for (const dest of ['image', 'script', 'iframe', 'empty'])
				assert.equal((await scene.file('ten.txt', { 'Sec-Fetch-Site': 'same-origin',
					'Sec-Fetch-Mode': dest === 'iframe' ? 'navigate' : 'no-cors',
					'Sec-Fetch-Dest': dest })).status, 403, dest);
		});

		it('answers at its origin, with a policy of its own', async () => {
			const { status, headers, body } = await scene.atSite(`/p/${scene.bob.id}/ten.txt`);
			assert.equal(status, 200);
			assert.equal(body, TEN);
			const policy = headers['content-security-policy'];
			assert.match(policy, /connect-src 'self';/);
			assert.match(policy, /script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'/);
			assert.doesNotMatch(policy, /127\.0\.0\.1|\*|https?:/);
			assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
			assert.equal(headers['set-cookie'], undefined);
			const root = await scene.atSite('/ten.txt');
			assert.deepEqual([root.status, root.body], [200, TEN]);
			assert.equal(root.headers['content-security-policy'], policy);
		});

		it('is the root of its origin', async () => {
			const bob = `/p/${scene.bob.id}`;
			const wanted = {
				'/ten.txt?x=1': [200, undefined],
				'/a%20b?q=1': [301, '/a%20b/?q=1'],
				'/a%20b/': [200, undefined],
				'/p/page.html': [200, undefined], // no peer: a folder of the site
				'/api/posts.json': [200, undefined],
				'/sdk/own.js': [200, undefined],
				'/sdk/goop-data.js': [200, undefined],
				'/about': [200, undefined],
				'/page': [404, undefined], // a folder is no page
				[`${bob}/ten.txt`]: [200, undefined],
				[bob]: [301, `${bob}/`],
			};
			for (const [path, [status, location]] of Object.entries(wanted)) {
				const got = await scene.atSite(path);
				assert.deepEqual([got.status, got.headers.location],
					[status, location], path);
			}
			const own = await scene.atSite('/sdk/goop-data.js');
			assert.match(own.body, /Goop\.data/);
			// A host of another's must not come out of a path.
			const slashes = await scene.raw(`GET //evil.example/ HTTP/1.1\r\n` +
				`Host: ${scene.site}\r\nConnection: close\r\n\r\n`);
			assert.match(slashes, /^HTTP\/1\.1 301/);
			assert.match(slashes, /^Location: \/evil\.example\/\r$/m);
		});

		it('has a page of its own for what is missing', async () => {
			for (const path of ['/gone', `/p/${scene.bob.id}/gone/too.html?x`]) {
				const { status, headers, body } = await scene.atSite(path, visit);
				assert.deepEqual([status, body], [404, '<!doctype html>not here']);
				assert.match(headers['content-type'], /^text\/html/);
				assert.equal(headers.etag, undefined);
				// what is no page is not answered by one
				assert.notEqual((await scene.atSite(path)).body, body);
			}
			const stale = await scene.atSite('/gone', { ...visit,
				'If-None-Match': '*', Range: 'bytes=0-3' });
			assert.equal(stale.status, 404);
		});

		it('has an icon of its own, or one that is made', async () => {
			const { status, headers, body } = await scene.atSite('/favicon.ico');
			assert.equal(status, 200);
			assert.equal(headers['content-type'], 'image/svg+xml');
			assert.match(body, /^<svg [^]*<\/svg>\n$/);
		});

		it('that wants to be seen by path is', async (t) => {
			const old = await Peer.init(t, { label: 'Old', host: scene.lan.host(),
				config: { site: { address: 'path' } }, files: { 'x.html': 'old' } });
			await old.start();
			await scene.alice.sees(old);
			const from = await scene.get(`/p/${old.id}/x.html?q`, visit);
			const { host, pathname } = new URL(from.headers.location);
			assert.equal(pathname, '/x.html');
			const at = await scene.get('/x.html?q', { ...visit, Host: host });
			assert.deepEqual([at.status, at.headers.location],
				[302, `/p/${old.id}/x.html?q`]);
			const page = await scene.get(at.headers.location, { ...visit, Host: host });
			assert.deepEqual([page.status, page.body], [200, 'old']);
			// what the page loads is found at both
			assert.equal((await scene.get('/x.html', { Host: host })).body, 'old');
		});

		it('learns id and label of its visitor, no more', async () => {
			const self = JSON.parse((await scene.atSite('/api/self')).body);
			assert.deepEqual(Object.keys(self), ['id', 'label']);
			assert.equal(self.id, scene.alice.id);
		});

		it('reaches nothing else there', async () => {
			for (const path of ['/peers', '/self', '/logs', '/assets/viewer.css',
				'/api/peers', '/api/logs', '/api/settings/quick/get', '/api/status',
				'/api/peers/events', `/p/${scene.alice.id}/`, `/p/${NOBODY}/`, '/x'])
				assert.equal((await scene.atSite(path)).status, 404, path);
			assert.equal((await scene.post('/api/settings/quick', '{"label":"x"}',
				{ ...json, Host: scene.site })).status, 405);
		});

		it('registers no service worker', async () => {
			assert.equal((await scene.atSite(`/p/${scene.bob.id}/ten.txt`,
				{ 'Service-Worker': 'script' })).status, 403);
		});

		it('is not read by pages of elsewhere', async () => {
			assert.equal((await scene.atSite(`/p/${scene.bob.id}/ten.txt`,
				{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors',
					'Sec-Fetch-Dest': 'image' })).status, 403);
		});
	});

	it('that finds its port taken says which key to change', async (t) => {
		const other = await Peer.init(t, { host: scene.alice.host,
			config: { viewer: { http_addr: `127.0.0.1:${scene.port}` } } });
		other.spawn();
		const line = await other.line(/viewer cannot listen/);
		assert.match(line, /viewer\.http_addr/);
		assert.match(line, /taken/);
		await other.stop();
	});
});
