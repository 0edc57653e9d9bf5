// Joining and leaving a rendezvous server: at run time, tried before it is
// saved; from the command line, from a page, by an invitation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 200000 };
const presence = { ttl_seconds: 6, heartbeat_seconds: 2 };

const make = (t, label, host, config = {}) => Peer.init(t, { label, host,
	config: { presence: { ...presence, ...config } } });
const saved = (peer) => JSON.parse(readFileSync(
	join(peer.directory, 'goop.json'))).presence.rendezvous_wan ?? '';
const servers = async (peer) =>
	JSON.parse((await peer.http('/api/servers')).body).servers;
const pids = async (peer) =>
	(await peer.status()).daemons.map(({ name, pid }) => [name, pid]);
const post = (peer, path, body, headers = {}) => peer.http(path, {
	method: 'POST', body: JSON.stringify(body),
	headers: { 'Content-Type': 'application/json', ...headers } });

// A server, and two peers on networks of their own, one of which uses it.
async function scene(t) {
	const internet = Internet.create(t);
	const server = await Rendezvous.start(t, { host: internet.lan().host() });
	const [a, b] = await Promise.all([make(t, 'A', internet.lan().host()),
		make(t, 'B', internet.lan().host(), { rendezvous_wan: server.url })]);
	await Promise.all([a.start(), b.start()]);
	return { internet, server, a, b };
}

describe('a rendezvous server', scenes, () => {
	it('is joined and left while the peer runs', async (t) => {
		const { server, a, b } = await scene(t);
		const before = await pids(a);
		const joined = await a.goop2('join', ` ${server.url}/ `);
		assert.equal(joined.code, 0, joined.stderr);
		assert.equal(joined.stdout, `Joined ${server.url}\n`);
		assert.equal(saved(a), `${server.url}/`);
		await Promise.all([a.sees(b), b.sees(a)]);
		const left = await a.goop2('leave', server.url);
		assert.equal(left.stdout, `Left ${server.url}\n`);
		assert.equal(saved(a), '');
		await a.until('no server', async () =>
			(await servers(a)).length === 0);
		// It said goodbye: there it is not waited for.
		await b.sees(a, { offline: true });
		assert.deepEqual(await pids(a), before); // nothing was restarted
		const none = await a.goop2('leave');
		assert.match(none.stdout, /uses no rendezvous server/);
		assert.equal(none.code, 0);
	});

	it('takes the place of another', async (t) => {
		const { internet, server, a, b } = await scene(t);
		const next = await Rendezvous.start(t, { host: internet.lan().host() });
		assert.equal((await a.goop2('join', server.url)).code, 0);
		await b.sees(a);
		assert.equal((await a.goop2('join', next.url)).code, 0);
		await b.sees(a, { offline: true });
		const rows = await servers(a);
		assert.deepEqual(rows.map((row) => row.url), [next.url]);
		const wrong = await a.goop2('leave', server.url);
		assert.equal(wrong.code, 4);
		assert.match(wrong.stderr, new RegExp(`not use that server, but ${next.url}`));
		assert.equal(saved(a), next.url);
	});

	it('that cannot be used is not saved, and the reason is told', async (t) => {
		const { server, a } = await scene(t);
		const bad = [
			[`${server.url.slice(0, -4)}1`, 6, /Connection refused\. .*online/],
			['http://nobody.invalid', 6, /nobody\.invalid is not known/],
			[`${server.url}/nowhere`, 6, /no rendezvous server under this URL/],
			['ftp://a.example', 2, /must start with http/],
			['http://a.example:99999', 2, /port in it that is not a number/],
			['a.example,b.example', 2, /comma/],
			['https://a.example/join#', 2, /names no peer/],
			['https://a.example/join#nobody', 2, /names no peer/]];
		for (const [url, code, sentence] of bad) {
			const tried = await a.goop2('join', url);
			assert.equal(tried.code, code, `${url}: ${tried.stderr}`);
			assert.match(tried.stderr, sentence);
			assert.equal(saved(a), '');
		}
		assert.deepEqual(await servers(a), []);
	});

	it('is saved when the peer does not run', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host() });
		const a = await make(t, 'A', internet.lan().host());
		const done = await a.goop2('join', server.url);
		assert.equal(done.code, 0, done.stderr);
		assert.match(done.stdout, /^Saved .*tried when the peer starts/);
		await a.start();
		await a.until('connected', async () =>
			(await servers(a))[0]?.is_connected);
		// The next start knows it, too, and so does a daemon that died.
		await a.goop2('restart', 'goop-discoveryd');
		await a.until('connected again', async () =>
			(await servers(a))[0]?.is_connected);
	});

	it('is joined from a page, and by no other site', async (t) => {
		const { server, a, b } = await scene(t);
		const url = server.url;
		for (const headers of [{ Origin: 'http://evil.example' },
			{ 'Sec-Fetch-Site': 'cross-site' }, { 'Content-Type': 'text/plain' }])
			assert.ok([403, 415].includes((await post(a,
				'/api/servers/join', { url }, headers)).status));
		assert.equal((await a.http('/api/servers/join')).status, 405);
		assert.equal((await a.http('/join')).status, 200);
		assert.equal(saved(a), ''); // a GET changes nothing
		const refused = await post(a, '/api/servers/join',
			{ url: 'http://nobody.invalid' });
		assert.equal(refused.status, 502);
		assert.match(refused.body, /not known.*\. Check the address/);
		assert.equal((await post(a, '/api/servers/join', { url: 7 })).status, 400);
		assert.equal((await post(a, '/api/servers/join', { url })).status, 200);
		assert.equal(saved(a), url);
		await Promise.all([a.sees(b), b.sees(a)]);
		assert.equal((await post(a, '/api/servers/leave', {})).status, 200);
		assert.equal(saved(a), '');
		await b.sees(a, { offline: true });
	});
});

describe('an invitation', scenes, () => {
	it('leads to the peer that invites', async (t) => {
		const { server, a, b } = await scene(t);
		await b.until('connected', async () =>
			(await servers(b))[0]?.is_connected);
		assert.match(JSON.parse((await a.http('/api/invitation')).body).why,
			/Join a rendezvous server/);
		const { link } = JSON.parse((await b.http('/api/invitation')).body);
		assert.equal(link, `${server.url}/join#${b.id}`);
		const qr = await b.http('/api/invitation/qr.svg');
		assert.equal(qr.headers['content-type'], 'image/svg+xml');
		assert.equal((await a.http('/api/invitation/qr.svg')).status, 404);
		// The page is the same for all: the server is not told who invites.
		const page = await server.ask('/join');
		assert.equal(page.status, 200);
		assert.match(page.body, /You are invited/);
		const joined = await a.goop2('join', link);
		assert.equal(joined.code, 0, joined.stderr);
		assert.equal(joined.stdout, `Joined ${server.url}\n` +
			`B, who invites you, is online\nOpen ${a.url}p/${b.id}/\n`);
		assert.equal(saved(a), server.url);
		await a.sees(b);
	});
});
