// What a user is told of rendezvous servers: in the status, on Me, on Peers;
// and the own server, over http and over https.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer, temporaryDirectory } from './lib/peer.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 200000 };
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };

const make = (t, label, host, presence) => Peer.init(t, { label, host,
	config: { presence: { ...quick, ...presence } },
	files: { 'hello.txt': `hello from ${label}\n` } });

const serversOf = async (peer) => (await peer.status()).servers;
const connected = (peer, count) => peer.until(`${count} servers`, async () => {
	const servers = await serversOf(peer);
	return servers.length === count && servers.every((row) =>
		row.is_connected) && servers;
});
const fromViewer = async (peer, path) =>
	JSON.parse((await peer.http(path)).body);

async function visits(visitor, visited, label) {
	const got = await visitor.goop2('fetch', visited.id, '/hello.txt');
	assert.equal(got.stdout, `hello from ${label}\n`, got.stderr);
}

// For another name, signed by nobody.
function certificate(t) {
	const directory = temporaryDirectory(t);
	const [cert, key] = ['cert.pem', 'key.pem'].map((name) =>
		join(directory, name));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
		'/CN=goop.example', '-keyout', key, '-out', cert], { stdio: 'pipe' });
	return { tls_cert: cert, tls_key: key };
}

describe('rendezvous servers', scenes, () => {
	it('two peers apart, and what they are told', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { host: internet.lan().host() });
		const [a, b] = await Promise.all(['A', 'B'].map((label) =>
			make(t, label, internet.lan().host(), { rendezvous_wan: server.url })));
		await Promise.all([a.start(), b.start()]);
		await Promise.all([a.sees(b), b.sees(a)]);
		await Promise.all([visits(a, b, 'B'), visits(b, a, 'A')]);
		const [row] = await a.until('one peer', async () => {
			const rows = await serversOf(a);
			return rows[0].peers === 1 && rows;
		});
		assert.ok(row.url.startsWith(server.url), row.url);
		assert.equal(row.transport, 'websocket');
		assert.equal(row.mode, 'delta');
		assert.equal(row.last_error, undefined);
		assert.match((await a.goop2('status')).stdout,
			/\nRendezvous http:\S+ connected by WebSocket, 1 peer\n/);
		assert.match((await a.daemon('goop-discoveryd')).status,
			/^1 peer, .*rendezvous connected/);
		const shown = await a.until('it on Me', async () => {
			const { servers } = await fromViewer(a, '/api/servers');
			return servers[0]?.peers === 1 && servers;
		});
		assert.equal(shown[0].url, row.url);
		const [peer] = await fromViewer(a, '/api/peers');
		assert.equal(peer.Source, 'wan');
		assert.equal(peer.Unproven, undefined);
		assert.equal(peer.Verified, true);
		// It goes: everybody is told why, and gossip keeps them together.
		await server.stop();
		await a.until('the end on Me', async () => {
			const { servers } = await fromViewer(a, '/api/servers');
			return !servers[0].is_connected && servers[0].last_error;
		});
		assert.match((await a.goop2('status')).stdout,
			/\nRendezvous http:\S+ not connected: \w.*\(trying again in \d+ s\)\n/);
		await b.sees(a);
	});

	for (const tls of [false, true])
		it(`the own one, by http${tls ? 's' : ''}`, async (t) => {
			const internet = Internet.create(t);
			const more = tls ? certificate(t) : { rendezvous_bind: '0.0.0.0' };
			const host = await make(t, 'Host', internet.lan().host(),
				{ rendezvous_host: true, ...more });
			await host.start();
			const [row] = await connected(host, 1);
			assert.equal(row.is_own, true);
			assert.match(row.url, tls ? /^https:\/\/127/ : /^http:\/\/127/);
			if (tls)
				return;
			const far = await make(t, 'Far', internet.lan().host(),
				{ rendezvous_wan: `http://${host.host.ipv4}:8787` });
			await far.start();
			await Promise.all([host.sees(far), far.sees(host)]);
			await Promise.all([visits(host, far, 'Far'),
				visits(far, host, 'Host')]);
		});

	it('says at once that there is none', async (t) => {
		const internet = Internet.create(t);
		const place = internet.lan().host();
		const peer = await make(t, 'Lonely', internet.lan().host(),
			{ rendezvous_wan: `http://${place.ipv4}:8787` });
		await peer.start();
		const row = await peer.until('the refusal', async () =>
			(await serversOf(peer)).find((one) => one.last_error));
		assert.equal(row.state, 'not connected');
		assert.match(row.last_error, /refused/i);
	});
});
