// Our rendezvous server as peers of the original use it, both generations: the
// doubles in lib/ were written from the reference, and behave there as it says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Internet } from './lib/internet.mjs';
import { netnsMissing, Host } from './lib/netns.mjs';
import { OriginalClient } from './lib/original_client.mjs';
import { OriginalServer } from './lib/original_server.mjs';
import { PATIENCE_MS, run } from './lib/peer.mjs';
import { Rendezvous, curl } from './lib/rendezvous.mjs';
import { Subscriber } from './lib/subscriber.mjs';

const RAW_HTTP = fileURLToPath(new URL('lib/raw_http.mjs', import.meta.url));
const LOOPBACK = 'http://127.0.0.1:8787';
const REFRESHED_MS = 26000; // longer than the original's TTL of 20 s
const scenes = { skip: netnsMissing ?? false, concurrency: 3, timeout: 300000 };

const address = (n) => `/ip4/10.77.0.${n}/tcp/4001`;
const client = (t, host, id, more = {}) => new OriginalClient(t, host,
	{ url: LOOPBACK, id, label: `label of ${id}`, addrs: [address(id.length)],
		...more });
const isClosed = (e) => e.event === 'ws' && e.state === 'closed';
const isOpen = (e) => (e.event === 'ws' || e.event === 'sse') &&
	e.state === 'open';

async function alone(t, config) {
	const host = Host.alone(t);
	return { host, server: await Rendezvous.start(t, { host, config }) };
}

// Without these the rest would prove nothing.
describe('the doubles among themselves', scenes, () => {
	it('425 until published; a replaced socket announces its heir offline',
		async (t) => {
			const host = Host.alone(t);
			const server = new OriginalServer(t, host);
			await server.ready;
			const a = client(t, host, 'A', { heartbeatMs: 1000 });
			const b = client(t, host, 'B', { heartbeatMs: 1000 });
			await Promise.all([a.sees('B'), b.sees('A')]);
			const early = a.events.filter((e) => e.state === 'failed');
			assert.ok(early.length > 0);
			for (const { error } of early)
				assert.match(error, /bad handshake \(HTTP 425\)/);
			await a.event((e) => e.event === 'publish' && e.via === 'ws');
			const from = b.mark();
			client(t, host, 'A', { quiet: true });
			await b.sees('A', 'offline', from);
			await b.sees('A', 'online', from);
			b.say({ what: 'publish', type: 'update',
				more: { content: 'x'.repeat(4096) } });
			await server.event((e) => e.event === 'broadcast' &&
				e.message.content?.length === 4096);
			const frames = server.events.filter((e) => e.event === 'frame' &&
				(!e.fin || e.opcode === 0));
			assert.deepEqual(frames.map((e) => [e.opcode, e.fin, e.masked]),
				[[1, false, true], [0, true, true]]);
			assert.equal(frames[0].size, 4096);
		});

	it('February: strict, silent about who is stale', async (t) => {
		const host = Host.alone(t);
		const server = new OriginalServer(t, host, { generation: 'february' });
		await server.ready;
		const a = client(t, host, 'A', { generation: 'february' });
		const b = client(t, host, 'B', { generation: 'february' });
		await Promise.all([a.sees('B'), b.sees('A')]);
		const publish = (message) => curl(host, `${LOOPBACK}/publish`,
			{ method: 'POST', body: JSON.stringify(message) });
		const strict = await publish({ type: 'online', peerId: 'C', addrs: [] });
		assert.equal(strict.status, 400);
		assert.equal(strict.body, 'bad json\n');
		assert.equal((await publish({ type: 'online', peerId: 'C' })).status,
			204);
		await a.sees('C');
	});
});

describe('our server and peers of the original', scenes, () => {
	it('WebSocket generation: seen, changed, hinted, gone', async (t) => {
		const { host } = await alone(t);
		const a = client(t, host, 'A');
		await a.event(isOpen);
		const b = client(t, host, 'BB');
		const [seen] = await Promise.all([b.hears((m) => m.peerId === 'A'),
			a.sees('BB'), b.sees('A')]);
		// What the original passes on, key by key, in its order.
		assert.deepEqual(Object.entries(seen.message), Object.entries({
			type: seen.message.type, peerId: 'A', ts: seen.message.ts,
			content: 'label of A', addrs: [address(1)],
			encryptionSupported: true, goopClientVersion: '2.3.1',
			verified: true }));
		assert.match(seen.text, /^\{"type":"(online|update)","peerId":"A",/);
		assert.match(seen.text, /"ts":\d{13},"verified":true\}$/);
		const dial = await a.event((e) => e.event === 'dial');
		assert.deepEqual([dial.id, dial.addrs], ['BB', [address(2)]]);
		await b.event((e) => e.event === 'dial' && e.id === 'A');

		// Above 4096 bytes it comes in fragments.
		a.say({ what: 'publish', type: 'update', more: {
			content: 'ü'.repeat(2048), email: 'e'.repeat(320),
			activeTemplate: 'blog' } });
		const long = await b.hears((m) => m.email?.length === 320);
		assert.equal(long.message.content, 'ü'.repeat(2048));
		assert.equal(long.message.activeTemplate, 'blog');
		a.say({ what: 'label', label: 'other <&> label' });
		await b.hears((m) => m.content === 'other <&> label');
		const from = b.mark();
		a.say({ what: 'stop' });
		await b.sees('A', 'offline', from);
		for (const one of [a, b])
			assert.deepEqual(one.events.filter((e) => e.event === 'bad-frame' ||
				(e.state === 'failed' && !/HTTP 425/.test(e.error))), []);
	});

	it('event stream generation: seen, changed, gone', async (t) => {
		const { host } = await alone(t);
		const options = { generation: 'february', heartbeatMs: 2000 };
		const a = client(t, host, 'A', options);
		const stream = await a.event(isOpen);
		const head = stream.head.toLowerCase().split('\r\n');
		for (const line of ['http/1.1 200 ok', 'x-accel-buffering: no'])
			assert.ok(head.includes(line), `${line} not in ${stream.head}`);
		assert.ok(head.some((l) => /^content-type: text\/event-stream/.test(l)));
		const first = await a.event((e) => e.event === 'sse-line');
		assert.match(first.text, /^:/); // at once, so that proxies pass it on
		const b = client(t, host, 'BB', options);
		const [heard] = await Promise.all([b.hears((m) => m.peerId === 'A'),
			a.sees('BB'), b.sees('A')]);
		assert.deepEqual(heard.message, { type: heard.message.type, peerId: 'A',
			content: 'label of A', ts: heard.message.ts, verified: true });
		a.say({ what: 'label', label: 'changed' });
		await b.hears((m) => m.content === 'changed');
		a.say({ what: 'publish', type: 'offline' });
		await b.sees('A', 'offline');
	});

	it('both generations at once, and a newcomer is told of all', async (t) => {
		const { host, server } = await alone(t);
		const a = client(t, host, 'A', { generation: 'february' });
		const b = client(t, host, 'BB');
		await Promise.all([a.sees('BB'), b.sees('A')]);
		// This one published once, before anybody of the next listened.
		assert.equal((await server.publish({ type: 'online', peerId: 'once' }))
			.status, 204);
		for (const generation of ['february', 'april']) {
			const c = client(t, host, 'CCC', { quiet: true, generation });
			await Promise.all(['A', 'BB', 'once'].map((id) => c.sees(id)));
			await c.stop();
		}
	});

	it('nobody is forgotten for silence while he publishes', async (t) => {
		const { host } = await alone(t);
		const options = [{ generation: 'february' }, {}, {}];
		const peers = options.map((more, i) =>
			client(t, host, 'ABC'.slice(0, i + 1), more));
		await Promise.all(peers.flatMap((a) => peers.filter((b) => a !== b)
			.map((b) => a.sees(b.id))));
		const from = peers.map((peer) => peer.mark());
		await delay(REFRESHED_MS);
		peers.forEach((peer, i) => assert.deepEqual(
			peer.events.slice(from[i]).filter((e) => e.event === 'peer' ||
				isClosed(e) || e.state === 'failed' ||
				(e.event === 'sse' && e.state !== 'open')), [],
			`${peer.id} lost somebody`));
	});

	it('who is silent for half a minute is told to be offline', async (t) => {
		const { server, host } = await alone(t);
		const ear = new Subscriber(t, host, { url: LOOPBACK });
		await ear.open;
		await server.publish({ type: 'online', peerId: 'silent' });
		const there = await ear.hears((m) => m.peerId === 'silent');
		const gone = await ear.event((e) => e.event === 'message' &&
			e.message.type === 'offline', 0, { patience: 30000 + PATIENCE_MS });
		assert.ok(gone.at - there.at >= 29000, `${gone.at - there.at} ms`);
		assert.deepEqual(gone.message, { type: 'offline', peerId: 'silent',
			ts: gone.message.ts });
	});

	it('a WebSocket that breaks, or is replaced, makes nobody offline',
		async (t) => {
			const { host } = await alone(t);
			const a = client(t, host, 'A', { heartbeatMs: 1000 });
			const b = client(t, host, 'BB', { heartbeatMs: 1000 });
			await Promise.all([a.event(isOpen), b.event(isOpen)]);
			await Promise.all([a.sees('BB'), b.sees('A')]);
			const from = b.mark(), fromA = a.mark();
			a.say({ what: 'drop' });
			await a.event(isClosed, fromA);
			const back = await a.event(isOpen, fromA);
			assert.equal(back.event, 'ws');
			const fromB = b.mark();
			const heir = client(t, host, 'A', { label: 'the heir',
				heartbeatMs: 1000 });
			await heir.sees('BB');
			await b.hears((m) => m.content === 'the heir', fromB);
			await delay(7000); // longer than any grace
			assert.deepEqual(b.events.slice(from).filter((e) =>
				e.event === 'peer' && e.id === 'A'), []);
			assert.equal(a.hasEnded, undefined);
		});

	it('http://LAN: TLS on the plain port leads to the event stream',
		async (t) => {
			const internet = Internet.create(t);
			const lan = internet.lan();
			const host = lan.host();
			const server = await Rendezvous.start(t, { host });
			const [a, b] = ['A', 'BB'].map((id) =>
				client(t, lan.host(), id, { url: server.url }));
			const [tried] = await Promise.all([a.event((e) =>
				e.event === 'ws' && e.state === 'failed'),
			a.sees('BB'), b.sees('A')]);
			assert.match(tried.url, /^wss:/);
			assert.match(tried.error, /certificate is valid for .*404/);
			await a.event((e) => e.event === 'sse' && e.state === 'open');
			assert.equal(a.events.some((e) => e.event === 'ws' &&
				e.state === 'open'), false);
		});
});

const text = 'text/plain; charset=utf-8';
const longest = { peerId: 'p'.repeat(256), content: 'c'.repeat(4096),
	email: 'e'.repeat(320), addrs: Array(20).fill('/dns/'.padEnd(256, 'a')) };
const online = (more) => JSON.stringify({ type: 'online', peerId: 'P',
	...more });

// Each request with the status and text that the original answers with.
const publishes = [
	['a peer', online(), 204, ''],
	['all that is allowed', online(longest), 204, ''],
	['null is nothing', online({ content: null, addrs: null, ts: null }), 204, ''],
	['unknown keys', online({ shoeSize: 46 }), 204, ''],
	['white space around it', ` \r\n\t${online()}\n`, 204, ''],
	['offline of nobody', '{"type":"offline","peerId":"nobody"}', 204, ''],
	['nothing', '', 400, 'bad json'],
	['half of it', online().slice(0, -1), 400, 'bad json'],
	['a list', '[]', 400, 'bad json'],
	['a number', '7', 400, 'bad json'],
	['a number as label', online({ content: 7 }), 400, 'bad json'],
	['a text as ts', online({ ts: '7' }), 400, 'bad json'],
	['a fraction as ts', online({ ts: 7.5 }), 400, 'bad json'],
	['a text as addrs', online({ addrs: '/ip4/' }), 400, 'bad json'],
	['a number as addr', online({ addrs: [7] }), 400, 'bad json'],
	['a text as switch', online({ videoDisabled: 'yes' }), 400, 'bad json'],
	['nobody', '{"type":"online"}', 400,
		'bad message: type and peerId are required'],
	['no type', '{"peerId":"P"}', 400,
		'bad message: type and peerId are required'],
	['blanks', '{"type":"online","peerId":" \\t "}', 400,
		'bad message: type and peerId are required'],
	['a hint', '{"type":"punch","peerId":"P","target":"Q"}', 400,
		'bad message: unknown type "punch"'],
	['a type of its own', '{"type":"x","peerId":"P"}', 400,
		'bad message: unknown type "x"'],
	['a long id', online({ peerId: 'p'.repeat(257) }), 400,
		'bad message: peerId too long'],
	['a long label', online({ content: 'c'.repeat(4097) }), 400,
		'bad message: content too long'],
	['a long label in UTF-8', online({ content: 'ü'.repeat(2049) }), 400,
		'bad message: content too long'],
	['a long email', online({ email: 'e'.repeat(321) }), 400,
		'bad message: email too long'],
	['many addrs', online({ addrs: Array(21).fill('/ip4/10.0.0.1/tcp/1') }), 400,
		'bad message: too many addrs'],
	['a long addr', online({ addrs: ['a'.repeat(257)] }), 400,
		'bad message: addr too long']
];

// Method, path, status, what the body must be or match.
const requests = [
	['GET', '/healthz', 200, 'ok'],
	['POST', '/healthz', 200, 'ok'],
	['GET', '/publish', 405],
	['PUT', '/publish', 405],
	['POST', '/events', 405],
	['DELETE', '/', 405],
	['GET', '/relay', 404],
	['POST', '/api/pulse?peer=nobody', 503, 'relay not enabled\n'],
	['GET', '/nothing', 404, '404 page not found\n'],
	['GET', '/events/', 404, '404 page not found\n'],
	['GET', '/api/templates', 404],
	['GET', '/ws', 400, 'peer_id required\n'],
	['GET', '/ws?peer_id=', 400, 'peer_id required\n'],
	['GET', '/peers.json', 403, 'admin panel disabled\n'],
	['GET', '/logs.json', 403, 'admin panel disabled\n'],
	['GET', '/admin', 403, 'admin panel disabled\n'],
	['GET', '/api/capabilities', 200, '{"bridge":false,"credits":false,' +
		'"encryption":false,"registration":false,"relay":false,' +
		'"templates":false}\n'],
	['POST', '/api/credits/spend', 200, '{"balance":0,"owned":true}\n'],
	['GET', '/', 200, /<!doctype html>/i],
	['GET', '/docs', 200, /<!doctype html>/i]
];

describe('the answers of our server', scenes, () => {
	it('to what is published: the words of the double first', async (t) => {
		const host = Host.alone(t);
		await new OriginalServer(t, host).ready;
		for (const [what, body, status, words] of publishes) {
			const got = await curl(host, `${LOOPBACK}/publish`,
				{ method: 'POST', body });
			assert.deepEqual([got.status, got.body],
				[status, words && `${words}\n`], what);
		}
	});

	it('to what is published, in the same words', async (t) => {
		const { server } = await alone(t);
		for (const [what, body, status, words] of publishes) {
			const got = await server.publish(body);
			assert.deepEqual([got.status, got.body],
				[status, words && `${words}\n`], what);
			assert.equal(got.headers['goop-rendezvous'], '1.1', what);
			if (status === 400) {
				assert.equal(got.headers['content-type'], text, what);
				assert.equal(got.headers['x-content-type-options'], 'nosniff');
			}
		}
		// The type of the body was never looked at.
		const curlLike = await server.publish(online(), { headers:
			{ 'Content-Type': 'application/x-www-form-urlencoded' } });
		assert.equal(curlLike.status, 204);
	});

	it('to every endpoint', async (t) => {
		const { server } = await alone(t);
		for (const [method, path, status, body] of requests) {
			const got = await server.ask(path, { method });
			const what = `${method} ${path}`;
			assert.equal(got.status, status, `${what}: ${got.body}`);
			if (body instanceof RegExp)
				assert.match(got.body, body, what);
			else if (body !== undefined)
				assert.equal(got.body, body, what);
		}
	});

	it('to exactly the bytes that the original sends', async (t) => {
		const { host, server } = await alone(t);
		const body = '{"type":"online","peerId":"12D3KooWx","content":"me",' +
			'"addrs":["/ip4/10.77.0.2/tcp/4001"],"ts":0}';
		const post = `POST /publish HTTP/1.1\r\nHost: 127.0.0.1:8787\r\n` +
			`User-Agent: Go-http-client/1.1\r\nContent-Length: ${body.length}` +
			'\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n' +
			`\r\n${body}`;
		const ear = new Subscriber(t, host, { url: LOOPBACK });
		await ear.open;
		const before = Date.now();
		// Twice on one connection.
		const said = await rawly(host, post + post);
		assert.equal(said.match(/HTTP\/1\.1 204 No Content\r\n/g)?.length, 2,
			said);
		assert.doesNotMatch(said, /Transfer-Encoding|gzip/i);
		const { message } = await ear.hears((m) => m.peerId === '12D3KooWx');
		assert.ok(Math.abs(message.ts - before) < 60000, 'ts 0 is our clock');
		assert.deepEqual(message, { type: message.type, peerId: '12D3KooWx',
			content: 'me', addrs: ['/ip4/10.77.0.2/tcp/4001'], ts: message.ts,
			verified: true });
		const probe = await rawly(host, 'GET /ws?probe=1 HTTP/1.1\r\n' +
			'Host: 127.0.0.1:8787\r\nUser-Agent: Go-http-client/1.1\r\n' +
			'Connection: Upgrade\r\nSec-WebSocket-Key: ' +
			'dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
			'Upgrade: websocket\r\n\r\n');
		assert.match(probe, /^HTTP\/1\.1 101 /);
		assert.match(probe, /s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
		assert.ok(probe.includes('\x88\x0a\x03\xe8probe-ok'), probe);
		const bad = await rawly(host, 'GET /ws?probe=1 HTTP/1.1\r\n' +
			'Host: 127.0.0.1:8787\r\nConnection: Upgrade\r\nUpgrade: ' +
			'websocket\r\nSec-WebSocket-Version: 12\r\n\r\n');
		assert.match(bad, /^HTTP\/1\.1 4(00|26) /);
		assert.match(bad, /sec-websocket-version: 13/i);
		await server.ask('/healthz');
	});

	it('to one who publishes too often', async (t) => {
		const { server } = await alone(t, { presence: {
			rendezvous_publishes_per_minute: 10,
			rendezvous_publishes_per_address: 30 } });
		const answers = [];
		for (let i = 0; i < 40; i++)
			answers.push(await server.publish({ type: 'update', peerId: 'fast',
				content: `${i}` }));
		const refused = answers.filter((got) => got.status !== 204);
		assert.ok(refused.length >= 25, `${refused.length} refused`);
		for (const got of refused) {
			assert.equal(got.status, 429);
			assert.equal(got.body, 'rate limit exceeded\n');
			assert.ok(Number(got.headers['retry-after']) >= 1);
		}
		assert.equal((await server.ask('/healthz')).status, 200);
	});

	it('to one subscriber too many', async (t) => {
		const { host } = await alone(t, { presence: {
			rendezvous_subscribers_per_address: 3 } });
		const some = new Subscriber(t, host, { url: LOOPBACK, count: 3 });
		await some.event((e) => e.event === 'open' && e.number === 2);
		assert.equal(some.count((e) => e.status === 200), 3);
		for (const more of [{}, { kind: 'ws', peerId: 'P' }]) {
			const late = new Subscriber(t, host, { url: LOOPBACK, ...more });
			const { status, headers } = await late.open;
			assert.ok([429, 425].includes(status), `${status}`);
			if (status === 429)
				assert.ok(Number(headers['retry-after']) >= 1);
		}
		await some.stop();
		await delay(0);
		let again;
		do {
			again = new Subscriber(t, host, { url: LOOPBACK });
		} while ((await again.open).status !== 200);
	});
});

async function rawly(host, bytes) {
	const got = await run([process.execPath, RAW_HTTP, '8787', '700'],
		{ host, input: bytes });
	return got.bytes.toString('latin1');
}
