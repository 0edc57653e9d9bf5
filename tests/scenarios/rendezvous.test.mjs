// A rendezvous server as its owner and any HTTP client know it: every endpoint
// with every method, the password, the files, the end.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync }
	from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { GOOP2, temporaryDirectory } from './lib/peer.mjs';
import { Host, Network, netnsMissing } from './lib/netns.mjs';
import { Rendezvous, curl } from './lib/rendezvous.mjs';
import { Subscriber } from './lib/subscriber.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 240000 };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
const online = (peerId, more) => ({ type: 'online', peerId, ...more });

async function alone(t, presence = {}) {
	const host = Host.alone(t);
	const server = await Rendezvous.start(t, { host, config: { presence } });
	return { host, server };
}

// Path, Allow, status of what is allowed ('*' allows all).
const ENDPOINTS = [
	['/publish', 'POST', 400],
	['/healthz', '*', 200],
	['/relay', 'GET, HEAD', 404],
	['/api/pulse', 'POST', 503],
	['/api/capabilities', '*', 200],
	['/api/credits/spend', 'POST', 200],
	['/', 'GET, HEAD', 200],
	['/docs', 'GET, HEAD', 200],
	['/docs/overview', 'GET, HEAD', 302],
	['/api/online', 'GET, HEAD', 200],
	['/assets/page.css', 'GET, HEAD', 200],
	['/assets/admin.mjs', 'GET, HEAD', 200],
	['/assets/nothing.css', 'GET, HEAD', 404],
	['/assets/admin.html', 'GET, HEAD', 404],
	['/favicon.ico', 'GET, HEAD', 200],
	['/admin', 'GET, HEAD', 401],
	['/admin/status.json', 'GET, HEAD', 401],
	['/peers.json', 'GET, HEAD', 401],
	['/logs.json', 'GET, HEAD', 401],
	['/metrics', 'GET, HEAD', 401],
	['/nothing', '*', 404],
];

describe('endpoints', scenes, () => {
	it('answer each method as they should', async (t) => {
		const { server } = await alone(t, { admin_password: 'x' });
		for (const [path, allow, status] of ENDPOINTS)
			for (const method of METHODS) {
				const got = await server.ask(path, { method });
				const what = `${method} ${path}: ${got.status} ${got.body}`;
				const isAllowed = allow === '*' || allow.includes(method);
				assert.equal(got.status, isAllowed ? status : 405, what);
				assert.equal(got.headers['goop-rendezvous'], '1.1', what);
				assert.equal(got.headers['x-content-type-options'], 'nosniff',
					what);
				if (!isAllowed)
					assert.deepEqual([got.headers.allow, got.body],
						[allow, method === 'HEAD' ? '' :
							'method not allowed\n'], what);
				if (method === 'HEAD')
					assert.equal(got.body, '', what);
			}
		for (const method of ['HEAD', 'POST', 'DELETE'])
			assert.equal((await server.ask('/events', { method })).status, 405);
	});

	it('answer HEAD with the length that GET has', async (t) => {
		const { server } = await alone(t);
		for (const path of ['/', '/docs', '/assets/page.css', '/api/online']) {
			const { headers } = await server.ask(path, { method: 'HEAD' });
			const { bytes } = await server.ask(path);
			assert.equal(headers['content-length'], `${bytes.length}`, path);
		}
	});

	it('are cached by their content', async (t) => {
		const { server } = await alone(t);
		const { headers } = await server.ask('/assets/page.css');
		const again = await server.ask('/assets/page.css',
			{ headers: { 'If-None-Match': headers.etag } });
		assert.equal(again.status, 304);
	});

	it('serve IPv6 and IPv4 on "::"', async (t) => {
		const host = Network.create(t).host();
		const server = await Rendezvous.start(t, { host, ipv6: true });
		for (const name of ['127.0.0.1', '[::1]', host.ipv4, `[${host.ipv6}]`])
			assert.equal((await curl(host, `http://${name}:8787/healthz`)).body,
				'ok', name);
		const page = (await server.ask('/')).body;
		assert.match(page, new RegExp(`http://${host.ipv4}:8787`));
		assert.ok(page.includes(`http://[${host.ipv6}]:8787`));
	});

	it('show external_url alone', async (t) => {
		const { server } = await alone(t,
			{ external_url: 'https://goop.example.org/' });
		const { body } = await server.ask('/');
		assert.match(body, /<code>https:\/\/goop\.example\.org<\/code>/);
		assert.equal(body.match(/<li class="copy">/g).length, 1);
	});
});

const basic = (password, user = 'admin') => ({ Authorization:
	`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });

describe('the owner', scenes, () => {
	it('sees who is there', async (t) => {
		const { server } = await alone(t, { admin_password: 'se:cret' });
		const headers = basic('se:cret');
		const json = async (path) =>
			JSON.parse((await server.ask(path, { headers })).body);
		assert.deepEqual(await json('/peers.json'), []);
		await server.publish(online('p1', { content: 'One',
			addrs: ['/ip4/10.0.0.2/tcp/4001'], avatarHash: 'a', ts: 5,
			email: 'one@example.org', publicKey: 'k', activeTemplate: 't',
			encryptionSupported: true, verificationToken: 'secret token' }));
		await server.publish({ type: 'update', peerId: 'p2' });
		const [first, second] = await json('/peers.json');
		const now = Date.now();
		assert.ok(Math.abs(now - first.last_seen) < 60000);
		assert.deepEqual({ ...first, last_seen: 0, first_seen: 0,
			bytes_sent: 0, bytes_received: 0 }, { type: 'online',
			content: 'One', email: 'one@example.org',
			addrs: ['/ip4/10.0.0.2/tcp/4001'], ts: 5, verified: true,
			peer_id: 'p1', avatar_hash: 'a', active_template: 't',
			public_key: 'k', encryption_supported: true, last_seen: 0,
			first_seen: 0, bytes_sent: 0, bytes_received: 0,
			proven: false, ws_connected: false });
		assert.ok(first.bytes_sent > 0 &&
			first.bytes_received > first.bytes_sent);
		assert.deepEqual([second.peer_id, second.type, second.content],
			['p2', 'update', '']);
		const logs = await json('/logs.json');
		assert.match(logs[0], /^\[\d\d:\d\d:\d\d\] online p1 "One"$/);
		const status = await json('/admin/status.json');
		assert.equal(status.online, 2);
		const { body: metrics } = await server.ask('/metrics', { headers });
		assert.match(metrics, /^goop_rendezvous_peers 2$/m);
		assert.match(metrics, /^goop_http_requests_total \d+$/m);
		assert.doesNotMatch(metrics + JSON.stringify(await json('/peers.json')),
			/secret token/);
	});

	it('sees thousands', async (t) => {
		const { host, server } = await alone(t, { admin_password: 'x',
			rendezvous_publishes_per_address: 100000 });
		const config = join(temporaryDirectory(t), 'curl');
		writeFileSync(config, Array.from({ length: 3000 }, (_, i) =>
			`url = "http://127.0.0.1:8787/publish"\ndata = "${JSON.stringify(
				online(`p${i}`)).replaceAll('"', '\\"')}"\n`).join('next\n'));
		execFileSync(...split(host.command('curl', '-s', '-K', config)));
		const { body } = await server.ask('/peers.json',
			{ headers: basic('x') });
		assert.equal(JSON.parse(body).length, 3000);
	});

	it('needs the password, and guessing takes time', async (t) => {
		const { server } = await alone(t, { admin_password: 'secret' });
		const ask = (headers) => server.ask('/peers.json', { headers });
		const unnamed = await ask({});
		assert.equal(unnamed.status, 401);
		assert.equal(unnamed.body, 'unauthorized\n');
		assert.match(unnamed.headers['www-authenticate'],
			/^Basic realm="Goop2 Admin"/);
		let last;
		for (let i = 0; i < 10; i++) {
			last = await ask(basic(`guess ${i}`));
			if (last.status === 429)
				break;
			assert.equal(last.status, 401);
		}
		assert.equal(last.status, 429);
		assert.ok(Number(last.headers['retry-after']) >= 1);
		assert.equal((await ask(basic('secret'))).status, 429);
		assert.equal((await ask({})).status, 401);
		await delay(Number(last.headers['retry-after']) * 1000 + 200);
		assert.equal((await ask(basic('secret'))).status, 200);
	});

	it('may keep a hash instead', async (t) => {
		const { server } = await alone(t, { admin_password_hash: HASH });
		const ask = (headers) => server.ask('/logs.json', { headers });
		assert.equal((await ask(basic('password'))).status, 200);
		assert.equal((await ask(basic('passwort'))).status, 401);
		assert.equal((await ask(basic('password', 'root'))).status, 401);
	});
});

const split = ([program, ...args]) => [program, args, { stdio: 'ignore' }];
// Of "password", made by Python's hashlib.
const HASH = '$scrypt$ln=15,r=8,p=1$ZHVtbXlzYWx0MTIzNDU2Nw$' +
	'nkGcR4bBLFUwIVPF6btxyzHlzMHKUsdbr5izB/k0jTk';

// The daemon itself, without goop2; resolves with what it said when it ended.
async function daemon(t, host, presence, { shell } = {}) {
	const directory = join(temporaryDirectory(t), 'server');
	mkdirSync(directory, { mode: 0o700 });
	writeFileSync(join(directory, 'goop.json'), JSON.stringify({ presence: {
		rendezvous_host: true, rendezvous_only: true, ...presence } }),
	{ mode: 0o600 });
	const program = join(dirname(realpathSync(GOOP2)), 'goop-rendezvousd');
	const command = shell ? ['sh', '-c', `${shell}; exec "$@"`, 'sh', program,
		directory] : [program, directory];
	const [first, ...rest] = host.command(...command);
	const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
	const started = { child, directory, said: '' };
	child.stderr.setEncoding('utf8');
	started.ended = once(child, 'close').then(([code]) => code);
	t.after(() => child.kill('SIGKILL'));
	await new Promise((done) => {
		child.stderr.on('data', (text) => {
			started.said += text;
			if (/ ready /.test(started.said))
				done();
		});
		child.once('close', done);
	});
	return started;
}

describe('the daemon', scenes, () => {
	it('says who has its port', async (t) => {
		const host = Host.alone(t);
		await daemon(t, host, {});
		const second = await daemon(t, host, {});
		assert.equal(await second.ended, 1);
		assert.match(second.said, /cannot listen on 127\.0\.0\.1 port 8787: .*another program uses this port/);
	});

	it('says which address is not here', async (t) => {
		const lost = await daemon(t, Host.alone(t),
			{ rendezvous_bind: '192.0.2.1' });
		assert.equal(await lost.ended, 1);
		assert.match(lost.said, /this machine has no such address/);
	});

	it('says what a wrong hash or proxy is', async (t) => {
		for (const [presence, words] of [
			[{ admin_password_hash: 'hunter2' }, /admin_password_hash/],
			[{ trusted_proxies: ['proxy'] }, /trusted_proxies/]]) {
			const wrong = await daemon(t, Host.alone(t), presence);
			assert.equal(await wrong.ended, 78, wrong.said);
			assert.match(wrong.said, words);
		}
	});

	it('warns when it may open too few files, and serves', async (t) => {
		const host = Host.alone(t);
		const small = await daemon(t, host, {}, { shell: 'ulimit -Hn 4096' });
		assert.match(small.said, /at most \d+ subscribers instead of 20000/);
		assert.equal((await curl(host, 'http://127.0.0.1:8787/healthz')).body,
			'ok');
	});

	it('sends everybody away in good order', async (t) => {
		const host = Host.alone(t);
		const server = await daemon(t, host, {});
		const url = 'http://127.0.0.1:8787';
		const ears = [['events', false], ['events', true], ['ws', false],
			['ws', true]].map(([kind, delta]) => new Subscriber(t, host,
			{ url, kind, delta, peerId: `${kind}${delta}` }));
		await Promise.all(ears.map((ear) => ear.open));
		const mark = ears.map((ear) => ear.mark());
		server.child.kill('SIGTERM');
		assert.equal(await server.ended, 0, server.said);
		for (const [i, ear] of ears.entries()) {
			await ear.event((e) => e.event === 'closed');
			const told = ear.events.slice(mark[i]);
			assert.equal(told.filter((e) => e.message?.type === 'offline')
				.length, 0);
			if (i < 2)
				assert.ok(told.some((e) => e.event === 'retry' && e.ms >= 500),
					JSON.stringify(told));
			else
				assert.ok(told.some((e) => e.event === 'close-frame' &&
					e.code === 1001 && /^retry=\d+$/.test(e.reason)),
				JSON.stringify(told));
		}
	});

	it('says on a WebSocket what it refuses, to those who know 1.1', async (t) => {
		const host = Host.alone(t);
		await daemon(t, host, {});
		const url = 'http://127.0.0.1:8787';
		const post = (message) => curl(host, `${url}/publish`,
			{ method: 'POST', body: JSON.stringify(message) });
		await post(online('taken'));
		const ears = [true, false].map((delta) => new Subscriber(t, host, { url,
			kind: 'ws', delta, peerId: 'taken', from: '127.0.0.2' }));
		await Promise.all(ears.map((ear) => ear.open));
		const text = JSON.stringify({ type: 'update', peerId: 'taken' });
		for (const ear of ears) ear.say({ text });
		const { message } = await ears[0].hears((m) => m.type === 'answer');
		assert.equal(message.peerId, '-');
		assert.equal(message.content,
			'403 this peer is online from another address');
		await post({ type: 'offline', peerId: 'taken' });
		const taken = ears[0].hears((m) => m.type === 'answer' &&
			m.content === '204');
		const saying = setInterval(() => ears[0].say({ text }), 300);
		await taken.finally(() => clearInterval(saying));
		assert.equal(ears[0].typesOf('-').filter((type) =>
			type === 'answer').length, 2);
		assert.deepEqual(ears[1].typesOf('-'), []);
	});

	it('keeps its table over kill -9 and stop', async (t) => {
		const host = Host.alone(t);
		const server = await Rendezvous.start(t, { host, config: { presence:
			{ peer_db_path: 'data/peers.db', admin_password: 'x' } } });
		const peers = async () => JSON.parse((await server.ask('/peers.json',
			{ headers: basic('x') })).body).map((row) => row.peer_id).sort();
		await server.publish(online('p1', { content: 'One' }));
		await server.publish(online('p2'));
		await server.publish(online('p3'));
		await server.publish({ type: 'offline', peerId: 'p2' });
		await delay(2500); // written once a second
		const pid = await server.pid();
		process.kill(pid, 'SIGKILL');
		await server.until('another daemon', async () =>
			(await server.pid()) !== pid &&
			(await server.ask('/healthz')).status === 200);
		assert.deepEqual(await peers(), ['p1', 'p3']);
		await server.publish(online('p4'));
		await server.stop();
		await server.start();
		assert.deepEqual(await peers(), ['p1', 'p3', 'p4']);
		const file = join(server.directory, 'data/peers.db');
		assert.equal(statSync(file).mode & 0o777, 0o600);
		assert.doesNotMatch(readFileSync(join(server.directory, 'goop.json'),
			'utf8'), /rendezvous_only/);
	});
});
