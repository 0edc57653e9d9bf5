// A rendezvous server behind real proxies: nothing is held back, WebSockets get
// through, and limits count who is behind the proxy, if the proxy is trusted.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Internet, giveNames } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { OriginalClient } from './lib/original_client.mjs';
import { Peer, run, temporaryDirectory } from './lib/peer.mjs';
import { ConnectProxy, caddyMissing, nginxMissing, startCaddy, startNginx }
	from './lib/proxies.mjs';
import { Rendezvous, curl } from './lib/rendezvous.mjs';
import { Subscriber } from './lib/subscriber.mjs';

const scenes = { skip: netnsMissing ?? caddyMissing ?? nginxMissing ?? false,
	concurrency: 2, timeout: 300000 };
const NAME = 'rendezvous.example';
const quick = { ttl_seconds: 6, heartbeat_seconds: 2 };
const behind = { presence: { trusted_proxies: ['127.0.0.1', '::1'],
	rendezvous_bind: '127.0.0.1' } };

// A server with both proxies in front, and a host far away.
async function scene(t, config = behind) {
	const internet = Internet.create(t);
	const place = internet.lan().host();
	const far = internet.lan().host();
	giveNames(t, place, { hosts: { [NAME]: '127.0.0.1' } });
	const server = await Rendezvous.start(t, { host: place, config });
	const [caddy, nginx] = await Promise.all([
		startCaddy(t, place, { name: NAME }), startNginx(t, place)]);
	const names = { hosts: { [NAME]: place.ipv4 } };
	giveNames(t, far, names);
	return { internet, place, far, server, caddy, nginx, names,
		ways: {
			'Caddy': { url: `https://${NAME}`, more: ['--cacert', caddy.ca],
				env: { NODE_EXTRA_CA_CERTS: caddy.ca } },
			'nginx': { url: `http://${place.ipv4}:8080`, more: [] },
			'nginx that was told nothing': {
				url: `http://${place.ipv4}:8081`, more: [], isBare: true }
		} };
}

const publish = (host, { url, more }, message, headers = {}) => curl(host,
	`${url}/publish`, { method: 'POST', more, body: JSON.stringify(message),
		headers: { 'Content-Type': 'application/json', ...headers } });

describe('behind Caddy and nginx', scenes, () => {
	it('each endpoint answers', async (t) => {
		const { far, ways } = await scene(t);
		for (const [name, way] of Object.entries(ways)) {
			const get = (path, options = {}) => curl(far, `${way.url}${path}`,
				{ ...options, more: [...way.more, ...options.more ?? []] });
			for (const [path, status, body] of [['/healthz', 200, /^ok$/],
				['/', 200, /<!doctype html>/i], ['/docs', 200],
				['/api/capabilities', 200, /"relay":false/],
				['/relay', 404], ['/nothing', 404, /404 page not found/],
				['/ws', 400, /peer_id required/],
				['/peers.json', 403, /admin panel disabled/]]) {
				const got = await get(path);
				assert.equal(got.status, status, `${name} ${path}`);
				if (body)
					assert.match(got.body, body, `${name} ${path}`);
			}
			// Behind one that tells nothing it is another client's id.
			assert.equal((await publish(far, way, { type: 'online',
				peerId: `by ${name}` })).status, 204, name);
			assert.match((await publish(far, way, { type: 'x', peerId: 'P' }))
				.body, /^bad message: unknown type "x"\n$/);
			// What came of the stream until curl had enough.
			const { stdout } = await streamed(far, way);
			assert.match(stdout, /content-type: text\/event-stream/i, name);
			assert.match(stdout, /\n:/, name);
		}
	});

	it('a proxy that holds events back is named, and a peer is seen through it',
		async (t) => {
			const { place, far, internet, server } = await scene(t);
			const join = (host, port) => Peer.init(t, { host,
				config: { presence: { ...quick,
					rendezvous_wan: `http://${place.ipv4}:${port}` } } });
			const held = await join(far, 8082);
			const other = await join(internet.lan().host(), 8080);
			await Promise.all([held.start(), other.start()]);
			await held.until('why', async () =>
				/a proxy\?\) holds them back/.test(
					(await held.status()).servers[0].last_error), 60000);
			await other.until('the other', async () => (await other.peers())
				.some((row) => row.peer_id === held.id && !row.is_offline));
			assert.equal((await server.ask('/healthz')).status, 200);
		});

	it('events are not held back', async (t) => {
		const { far, ways } = await scene(t);
		for (const [name, way] of Object.entries(ways))
			for (const options of [{}, { delta: true }]) {
				const ear = new Subscriber(t, far, { ...way, ...options });
				assert.equal((await ear.open).status, 200, name);
				// Each arrives while the stream is open, before the next
				// is even published.
				for (let i = 0; i < 4; i++) {
					const content = `${name} ${JSON.stringify(options)} ${i}`;
					assert.equal((await publish(far, way, { type: 'update',
						peerId: `by ${name}`, content })).status, 204);
					await ear.hears((m) => m.content === content);
				}
				assert.ok(!ear.events.some((e) => e.event === 'closed'));
				await ear.stop();
			}
	});

	it('WebSockets get through, or are refused for good', async (t) => {
		const { far, ways } = await scene(t);
		for (const [name, way] of Object.entries(ways)) {
			const peerId = `by ${name}`;
			assert.equal((await publish(far, way, { type: 'online', peerId }))
				.status, 204);
			const ear = new Subscriber(t, far, { ...way, kind: 'ws', peerId });
			const { status } = await ear.open;
			if (way.isBare) {
				assert.ok(status >= 400 && status !== 425, `${status}`);
				continue;
			}
			assert.equal(status, 101, name);
			for (let i = 0; i < 3; i++) {
				ear.say({ text: JSON.stringify({ type: 'update', peerId,
					content: `${i}` }) });
				await ear.hears((m) => m.content === `${i}`);
			}
			await ear.event((e) => e.event === 'ping');
		}
	});

	it('peers of ours and of the original meet there', async (t) => {
		const { internet, caddy, ways, names, far } = await scene(t);
		// The last two: below a path, and sent from http to https.
		const urls = [ways.Caddy.url, ways.nginx.url,
			ways['nginx that was told nothing'].url,
			`${ways.nginx.url}/below/`, `http://${NAME}`];
		const hosts = urls.map(() => internet.lan().host());
		for (const host of hosts)
			giveNames(t, host, names);
		const peers = await Promise.all(hosts.map((host, i) => Peer.init(t, {
			label: `P${i}`, host, files: { 'hello.txt': `hello from ${i}\n` },
			config: { presence: { ...quick, rendezvous_wan: urls[i] } } })));
		const original = new OriginalClient(t, far, { ...ways.Caddy,
			id: 'original' });
		await Promise.all(peers.map((peer) => peer.start(
			{ env: { SSL_CERT_FILE: caddy.ca } })));
		await Promise.all(peers.flatMap((one) => [original.sees(one.id),
			...peers.filter((other) => one !== other).map((other) =>
				one.sees(other))]));
		const tries = original.events.filter((e) => e.event === 'ws');
		assert.ok(tries.some((e) => e.state === 'open'), JSON.stringify(tries));
		const got = await peers[0].goop2('fetch', peers[2].id, '/hello.txt');
		assert.equal(got.stdout, 'hello from 2\n', got.stderr);
		// The proxy dies and comes back.
		await caddy.stop();
		await caddy.start();
		await peers[0].http('/api/settings/quick', { method: 'POST',
			body: '{"label":"after the proxy"}', headers: { 'Content-Type':
				'application/json', Origin: new URL(peers[0].url).origin } });
		await peers[1].until('the label', async () => (await peers[1].peers())
			.some((row) => row.label === 'after the proxy'));
	});

	it('a peer gets out through a proxy of its own only', async (t) => {
		const { internet, caddy, names, place } = await scene(t);
		const middle = internet.lan();
		const gateway = middle.host();
		giveNames(t, gateway, names);
		const proxy = new ConnectProxy(t, gateway);
		await proxy.ready;
		const host = internet.lan({ to: [middle] }).host();
		giveNames(t, host, names);
		const other = internet.lan().host();
		giveNames(t, other, names);
		const peers = await Promise.all([host, other].map((where, i) =>
			Peer.init(t, { label: `P${i}`, host: where, config: { presence:
				{ ...quick, rendezvous_wan: `https://${NAME}` } } })));
		await assert.rejects(curl(host, `https://${place.ipv4}/`));
		await peers[0].start({ env: { SSL_CERT_FILE: caddy.ca,
			https_proxy: proxy.url } });
		await peers[1].start({ env: { SSL_CERT_FILE: caddy.ca } });
		await Promise.all([[0, 1], [1, 0]].map(([i, k]) => peers[i].until(
			'the other', async () => (await peers[i].peers()).some((row) =>
				row.peer_id === peers[k].id && !row.is_offline))));
		assert.ok(proxy.count((e) => e.to === `${NAME}:443` &&
			e.status === 200) > 0);
	});

	it('a certificate that nobody vouches for is refused, in words',
		async (t) => {
			const { internet, names } = await scene(t);
			const host = internet.lan().host();
			giveNames(t, host, names);
			const peer = await Peer.init(t, { label: 'Careful', host, config: {
				presence: { ...quick, rendezvous_wan: `https://${NAME}` } } });
			await peer.start();
			await peer.until('the word in the status', async () => {
				const { stdout } = await peer.goop2('status');
				return new RegExp(`${NAME}.*certificate`, 'is').test(stdout);
			});
		});

	it('limits count who is behind a trusted proxy', async (t) => {
		const { internet, place, ways, names, far } = await scene(t, { presence: {
			...behind.presence, rendezvous_bind: '0.0.0.0',
			rendezvous_subscribers_per_address: 2,
			rendezvous_publishes_per_address: 5 } });
		const other = internet.lan().host();
		giveNames(t, other, names);
		for (const name of ['Caddy', 'nginx']) {
			const ears = await listeners(t, far, ways[name], 3, (i) =>
				({ 'X-Forwarded-For': `192.0.2.${i}`,
					Forwarded: `for=192.0.2.${i}` }));
			assert.deepEqual(ears.statuses, [200, 200, 429], name);
			const [another] = (await listeners(t, other, ways[name], 1)).all;
			assert.equal((await another.open).status, 200, name);
			await Promise.all([...ears.all, another].map((ear) => ear.stop()));
		}
		const say = (host, way, i) => publish(host, way, { type: 'update',
			peerId: `P${i}` }, { 'X-Forwarded-For': `192.0.2.${i}` });
		// Nor does who comes without a proxy escape by saying that he did not.
		for (const way of [ways.nginx, { url: `http://${place.ipv4}:8787` }]) {
			const statuses = [];
			for (let i = 0; i < 20; i++)
				statuses.push((await say(far, way, i)).status);
			assert.ok(statuses.filter((s) => s === 429).length >= 8,
				`${way.url}: ${statuses}`);
		}
		assert.equal((await say(other, ways.nginx, 'of another')).status, 204);
	});

	it('a proxy that nobody trusts counts as one client', async (t) => {
		const { internet, ways, names, far } = await scene(t, { presence: {
			rendezvous_subscribers_per_address: 2 } });
		const other = internet.lan().host();
		giveNames(t, other, names);
		const ears = await listeners(t, far, ways.nginx, 2);
		assert.deepEqual(ears.statuses, [200, 200]);
		const late = await listeners(t, other, ways.nginx, 1);
		assert.deepEqual(late.statuses, [429]);
	});

	it('TLS without a proxy; a new certificate cuts no stream', async (t) => {
		const internet = Internet.create(t);
		const place = internet.lan().host(), far = internet.lan().host();
		giveNames(t, far, { hosts: { [NAME]: place.ipv4 } });
		const directory = temporaryDirectory(t);
		const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) =>
			join(directory, name));
		makeAuthority(directory);
		makeCertificate(directory);
		const server = Rendezvous.prepare(t, { host: place, config: { presence:
			{ tls_cert: cert, tls_key: key } } });
		server.ask = (path, options) => curl(far, `https://${NAME}:8787${path}`,
			{ ...options, more: ['--cacert', ca] });
		await server.start();
		const env = { NODE_EXTRA_CA_CERTS: ca };
		const url = `https://${NAME}:8787`;
		const ears = [new Subscriber(t, far, { url, env }),
			new Subscriber(t, far, { url, env, kind: 'ws', peerId: 'P' })];
		assert.equal((await server.publish({ type: 'online', peerId: 'P' }))
			.status, 204);
		await Promise.all(ears.map((ear) => ear.open));
		const serial = () => execFileSync('sh', ['-c', `${far.command('openssl',
			's_client', '-connect', `${NAME}:8787`, '-servername', NAME)
			.map((word) => `'${word}'`).join(' ')} </dev/null 2>/dev/null | ` +
			'openssl x509 -noout -serial'], { encoding: 'utf8' });
		const old = serial();
		makeCertificate(directory);
		await server.until('the new certificate', async () => serial() !== old,
			40000);
		assert.equal((await server.publish({ type: 'update', peerId: 'P',
			content: 'new' })).status, 204);
		const well = ears.filter((ear) => ear.events[0].status !== 425);
		await Promise.all(well.map((ear) => ear.hears((m) =>
			m.content === 'new')));
		const peers = await Promise.all([far, internet.lan().host()].map(
			(host, i) => {
				if (i)
					giveNames(t, host, { hosts: { [NAME]: place.ipv4 } });
				return Peer.init(t, { label: `P${i}`, host, config: { presence:
					{ ...quick, rendezvous_wan: i ? '' : url } } });
			}));
		await Promise.all(peers.map((peer) =>
			peer.start({ env: { SSL_CERT_FILE: ca } })));
		// While it runs the certificates are out of its reach, but known.
		const joined = await peers[1].goop2('join', `${NAME}:8787`);
		assert.equal(joined.stdout, `Joined ${url}\n`, joined.stderr);
		await Promise.all([peers[0].sees(peers[1]), peers[1].sees(peers[0])]);
	});
});

// So many event streams, one after the other.
async function listeners(t, host, way, count, headers = () => ({})) {
	const all = [], statuses = [];
	for (let i = 0; i < count; i++) {
		all.push(new Subscriber(t, host, { ...way, headers: headers(i) }));
		statuses.push((await all.at(-1).open).status);
	}
	return { all, statuses };
}

// curl itself, until the first comment came.
const streamed = (host, { url, more }) => run(['bash', '-c',
	'sed "/^:/q" < <(exec curl -sSNi "$@" 2>/dev/null)', 'bash', ...more,
	`${url}/events`], { host });

const openssl = (directory, ...args) => execFileSync('openssl', args,
	{ cwd: directory, stdio: 'ignore' });

function makeAuthority(directory) {
	openssl(directory, 'req', '-x509', '-newkey', 'ed25519', '-nodes', '-days',
		'2', '-subj', '/CN=test authority', '-keyout', 'ca.key', '-out',
		'ca.pem');
}

// Whole files appear at once, as certbot does it.
function makeCertificate(directory) {
	openssl(directory, 'req', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${NAME}`,
		'-addext', `subjectAltName=DNS:${NAME}`, '-keyout', 'key.new', '-out',
		'csr.pem');
	openssl(directory, 'x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem',
		'-CAkey', 'ca.key', '-days', '1', '-copy_extensions', 'copy', '-out',
		'cert.new');
	renameSync(join(directory, 'key.new'), join(directory, 'key.pem'));
	renameSync(join(directory, 'cert.new'), join(directory, 'cert.pem'));
}
