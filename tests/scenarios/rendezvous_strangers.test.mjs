// Those who mean no good at a rendezvous server: each is refused, cut or counted,
// and those next to them notice nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Identity } from './lib/goop_words.mjs';
import { Internet } from './lib/internet.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { OriginalClient } from './lib/original_client.mjs';
import { prove } from './lib/presence_proof.mjs';
import { DAEMON, Rendezvous, curl } from './lib/rendezvous.mjs';
import { RendezvousStrangers, SOCKETS, WEB }
	from './lib/rendezvous_stranger.mjs';
import { Subscriber } from './lib/subscriber.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 300000 };
// A sanitizer keeps what was freed.
const GROWTH_MAX_KIB = Number(process.env.GROWTH_MAX_KIB ?? 48 * 1024);
const addrs = ['/ip4/10.77.0.2/tcp/4001'];

// A server, a host for the good and one for the others.
async function scene(t, presence = {}) {
	const internet = Internet.create(t);
	const place = internet.lan().host();
	const [good, evil] = [internet.lan().host(), internet.lan().host()];
	const server = await Rendezvous.start(t, { host: place,
		config: { presence } });
	const say = (host, message, path = '/publish') => curl(host,
		`${server.url}${path}`, { method: 'POST', body: JSON.stringify(message),
			headers: { 'Content-Type': 'application/json' } });
	return { t, internet, place, good, evil, server, say,
		before: await look(server) };
}

async function look(server) {
	const row = await server.daemon(DAEMON);
	const status = readFileSync(`/proc/${row.pid}/status`, 'utf8');
	const ticks = readFileSync(`/proc/${row.pid}/stat`, 'utf8').split(') ')[1]
		.split(' ').slice(11, 13).reduce((sum, n) => sum + Number(n), 0);
	return { pid: row.pid, ticks, counters: row.counters,
		kib: Number(/VmRSS:\s*(\d+)/.exec(status)[1]),
		peakKib: Number(/VmHWM:\s*(\d+)/.exec(status)[1]) };
}

// The same process, not much larger, and it passes on what the good say to the
// good who listen all the time.
let said = 0;
async function isUnharmed(there, what) {
	const { t, server, good, say, before } = there;
	there.ear ??= new Subscriber(t, good, { url: server.url, delta: true });
	const content = `after ${what} ${said++}`;
	const { status } = await say(good, { type: 'update',
		peerId: `good${said % 50}`, content });
	assert.equal(status, 204, what);
	await there.ear.hears((m) => m.content === content, 0, what);
	const after = await look(server);
	assert.equal(after.pid, before.pid, `${what}: it died`);
	assert.ok(after.peakKib < before.peakKib + GROWTH_MAX_KIB,
		`${what}: it grew from ${before.peakKib} to ${after.peakKib} KiB`);
	return after;
}

// How many connections at once: the more, the less each may cost.
const COUNT = 40;
const few = /MiB|garbage|zeros|unread|flood|nothing|thousand|without an end/;

describe('strangers', scenes, () => {
	for (const [kind, manners] of [['HTTP', WEB], ['WebSockets', SOCKETS]])
		it(`who misuse ${kind}`, async (t) => {
			const there = await scene(t, {
				rendezvous_publishes_per_address: 100000,
				rendezvous_subscribers_per_address: 5000 });
			const address = there.server.host.ipv4;
			const some = [];
			for (const manner of manners) {
				const count = few.test(manner) ? 4 : COUNT;
				const strangers = new RendezvousStrangers(t, there.evil,
					{ address, manner, count });
				some.push([manner, count, strangers]);
				await Promise.race([strangers.over, delay(500)]);
				await isUnharmed(there, manner);
			}
			for (const [manner, count, strangers] of some) {
				const told = await strangers.over;
				check(manner, told, count);
			}
			await isUnharmed(there, 'all of them');
			await isIdle(there.server);
		});

	it('who try paths', async (t) => {
		const { evil, server } = await scene(t);
		for (const [path, statuses] of [
			['/../../etc/passwd', [400, 404]], ['/%2e%2e/%2e%2e/etc/passwd',
				[400, 404]], ['/assets/../../goop.json', [400, 404]],
			['/assets/%2e%2e/goop.json', [400, 404]], ['/assets/..%2fgoop.json',
				[400, 404]], ['/assets/%00', [400, 404]], ['/docs/../goop.json',
				[400, 404]], ['/docs/%2e%2e%2fgoop.json', [400, 404]],
			['//healthz', [301, 400, 404]], ['/healthz/', [404]],
			['/admin/', [401, 403, 404]], ['/ADMIN', [404]],
			['/publish%00', [400, 404]], ['/%', [400, 404]],
			['/ws?peer_id=%', [400, 425]], ['/ws?peer_id=%00', [400, 425]],
			[`/ws?peer_id=${'a'.repeat(3000)}`, [400, 414, 425]]]) {
			const got = await curl(evil, `${server.url}${path}`,
				{ more: ['--path-as-is'] });
			assert.ok(statuses.includes(got.status), `${path}: ${got.status}`);
			assert.doesNotMatch(got.body, /root:|rendezvous_port/, path);
		}
		for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
			for (const path of ['/publish', '/events', '/', '/admin',
				'/peers.json']) {
				const { status } = await curl(evil, `${server.url}${path}`,
					{ method });
				assert.ok(status >= 400 && status < 500,
					`${method} ${path}: ${status}`);
			}
		// No page of elsewhere drives it.
		const foreign = await curl(evil, `${server.url}/publish`, { method:
			'POST', body: '{"type":"online","peerId":"x"}', headers: {
			Origin: 'https://evil.example', 'Content-Type': 'text/plain' } });
		assert.equal(foreign.status, 403);
	});

	it('who speak for a peer that proves itself', async (t) => {
		const { good, evil, server, say } = await scene(t);
		const [victim, thief] = await Promise.all([Identity.make(),
			Identity.make()]);
		const peerId = victim.id;
		const ear = new Subscriber(t, good, { url: server.url, delta: true });
		await ear.open;
		const first = prove(victim, { type: 'online', peerId, content: 'me',
			addrs, ts: Date.now() });
		assert.equal((await say(good, first)).status, 204);
		const { message } = await ear.hears((m) => m.peerId === peerId);
		assert.equal(message.proof, first.proof);

		const ts = Date.now();
		const lies = { 'nothing proven': { type: 'update', peerId,
			content: 'lie', ts }, 'offline': { type: 'offline', peerId, ts },
		'ts far ahead': { type: 'offline', peerId, ts: ts + 1e9 },
		'another key': prove(thief, { type: 'offline', peerId, ts }),
		'a proof for other words': { ...prove(victim, { type: 'update',
			peerId, content: 'me too', ts }), content: 'lie' },
		'a proof of yesterday': prove(victim, { type: 'offline', peerId,
			ts: ts - 86400000 }), 'no base64': { type: 'offline', peerId, ts,
			proof: '!'.repeat(88) }, 'half a proof': { type: 'offline', peerId,
			ts, proof: first.proof.slice(0, 40) },
		'a proof of nothing': { type: 'offline', peerId, ts, proof: '' } };
		for (const [what, lie] of Object.entries(lies))
			for (const host of [evil, good]) {
				const { status } = await say(host, lie);
				assert.ok(status === 403 || status === 400,
					`${what}: ${status}`);
			}
		// A replay may be answered as it likes; it must change nothing.
		const gone = prove(victim, { type: 'offline', peerId, ts: ts + 1 });
		const from = ear.mark();
		await say(evil, first);
		const second = prove(victim, { type: 'online', peerId, addrs,
			content: 'again', ts: ts + 1000 });
		assert.equal((await say(good, gone)).status, 204);
		await ear.hears((m) => m.type === 'offline', from);
		assert.equal((await say(good, second)).status, 204);
		await ear.hears((m) => m.content === 'again');
		await say(evil, gone);
		await say(evil, first);
		await lieBySocket(t, { evil, server, peerId });
		await say(good, prove(victim, { type: 'update', peerId, addrs,
			content: 'still here', ts: ts + 2000 }));
		await ear.hears((m) => m.content === 'still here');
		assert.deepEqual(ear.events.filter((e) => e.event === 'message' &&
			e.message.peerId === peerId).map((e) => e.message.content ??
				e.message.type), ['me', 'offline', 'again', 'still here']);
	});

	it('who speak for a peer of the original', async (t) => {
		const { good, evil, server, say } = await scene(t);
		const url = server.url;
		const friend = new OriginalClient(t, good, { url, id: 'friend', addrs });
		await friend.event((e) => e.event === 'sse' && e.state === 'open');
		await say(good, { type: 'online', peerId: 'owned', content: 'mine',
			addrs });
		await friend.sees('owned');
		// While its own address speaks for it, no other does.
		for (const type of ['update', 'offline'])
			assert.equal((await say(evil, { type, peerId: 'owned',
				content: 'lie' })).status, 403, type);
		await lieBySocket(t, { evil, server, peerId: 'owned' });
		await lieBySocket(t, { evil, server, peerId: 'friend' });
		await say(good, { type: 'update', peerId: 'owned', content: 'mine still',
			addrs });
		await friend.hears((m) => m.content === 'mine still');
		assert.ok(!friend.events.some((e) => e.event === 'message' &&
			e.message.content === 'lie'));
		assert.ok(!friend.events.some((e) => e.event === 'peer' &&
			e.state === 'offline' && e.id === 'owned'));
	});

	it('who publish for thousands', async (t) => {
		const there = await scene(t);
		const { evil, good, server, say } = there;
		const flood = new OriginalClient(t, evil, { url: server.url, id: 'flood',
			quiet: true });
		for (let i = 0; i < 4000; i++)
			flood.say({ what: 'publish', type: 'online',
				more: { peerId: `one of many ${i}`, addrs } });
		await flood.event((e) => e.event === 'publish' && e.status === 429, 0,
			{ patience: 60000 });
		await isUnharmed(there, 'the first refusals');
		await flood.event((e) => e.event === 'publish' && flood.count((one) =>
			one.event === 'publish') === 4000, 0, { patience: 90000 });
		const taken = flood.count((e) => e.status === 204);
		assert.ok(taken > 0 && taken <= 2500, `${taken} taken`);
		const refused = flood.events.find((e) => e.status === 429);
		assert.equal(refused.body, 'rate limit exceeded\n');
		assert.match(refused.head, /^retry-after: \d+\r?$/im);
		await isUnharmed(there, 'all of them');
		assert.equal((await say(good, { type: 'offline', peerId: 'good1' }))
			.status, 204);
	});

	it('who fill the table', async (t) => {
		const { evil, good, say } = await scene(t, { rendezvous_peers_max: 20 });
		const statuses = [];
		for (let i = 0; i < 30; i++)
			statuses.push((await say(evil, { type: 'online', peerId: `p${i}` }))
				.status);
		assert.equal(statuses.filter((s) => s === 204).length, 20);
		assert.ok(statuses.slice(20).every((s) => s === 503 || s === 429),
			`${statuses}`);
		// Who leaves makes room.
		assert.equal((await say(evil, { type: 'offline', peerId: 'p3' })).status,
			204);
		assert.equal((await say(good, { type: 'online', peerId: 'late' }))
			.status, 204);
	});

	it('who subscribe hundreds of times', async (t) => {
		const there = await scene(t, { rendezvous_subscribers_per_address: 50 });
		const many = new Subscriber(t, there.evil, { url: there.server.url,
			count: 400 });
		await many.event((e) => many.count((one) => one.event === 'open') ===
			400, 0, { what: '400 answers' });
		assert.equal(many.count((e) => e.status === 200), 50);
		assert.equal(many.count((e) => e.status === 429), 350);
		await isUnharmed(there, 'hundreds of subscribers');
	});

	it('who have a /64 of addresses are one', async (t) => {
		const internet = Internet.create(t);
		const server = await Rendezvous.start(t, { ipv6: true,
			host: internet.lan().host(), config: { presence:
				{ rendezvous_subscribers_per_address: 2 } } });
		const evil = internet.lan().host(), good = internet.lan().host();
		const statuses = [];
		for (const last of ['a', 'b', 'c', 'd']) {
			const from = evil.ipv6.replace(/::.*/, `::${last}`);
			evil.run('ip', 'addr', 'add', `${from}/64`, 'dev', 'eth0', 'nodad');
			const ear = new Subscriber(t, evil, { url: server.url, from });
			statuses.push((await ear.open).status);
		}
		assert.deepEqual(statuses, [200, 200, 429, 429]);
		const ear = new Subscriber(t, good, { url: server.url });
		assert.equal((await ear.open).status, 200);
	});

	it('who read nothing of what they asked for', async (t) => {
		const there = await scene(t, { rendezvous_publishes_per_address: 100000,
			rendezvous_publishes_per_minute: 60000 });
		const { evil, good, server } = there;
		await there.say(good, { type: 'online', peerId: 'P' });
		const deaf = [{}, { delta: true }, { kind: 'ws', peerId: 'D' },
			{ kind: 'ws', peerId: 'D', delta: true }].map((options) =>
			new Subscriber(t, evil, { url: server.url, count: 10, ...options }));
		await there.say(evil, { type: 'online', peerId: 'D' });
		await Promise.all(deaf.map((one) => one.open));
		for (const one of deaf)
			one.say({ pause: true });
		await delay(500);
		// Some 26 MiB for each of them, which one who listens does get.
		const ear = new Subscriber(t, good, { url: server.url });
		await ear.open;
		const writer = new OriginalClient(t, good, { url: server.url,
			id: 'writer', quiet: true });
		for (let i = 0; i < 30; i++) {
			for (let k = 0; k < 200; k++)
				writer.say({ what: 'publish', type: 'update', more: {
					peerId: 'P', content: `${i} ${k} `.padEnd(4090, 'x'),
					email: 'e'.repeat(300) } });
			await ear.hears((m) => m.content?.startsWith(`${i} 199 `), 0,
				`the end of flood ${i}`);
		}
		await isUnharmed(there, 'those who do not read');
		await server.until('that they are dropped', async () => {
			const { status } = await server.daemon(DAEMON);
			const left = Number(/(\d+) subscribers?/.exec(status)?.[1] ?? 99);
			return left <= 2; // those who read
		}, 60000);
	});

	it('who vanish without a word', async (t) => {
		const there = await scene(t, { rendezvous_subscribers_per_address: 20 });
		const { internet, evil, server, say } = there;
		await say(evil, { type: 'online', peerId: 'V' });
		const gone = [new Subscriber(t, evil, { url: server.url, count: 10 }),
			new Subscriber(t, evil, { url: server.url, count: 10, kind: 'ws',
				peerId: 'V' })];
		await Promise.all(gone.map((one) => one.event((e) =>
			one.count((x) => x.event === 'open') === 10)));
		const ear = new Subscriber(t, there.good, { url: server.url });
		await ear.hears((m) => m.peerId === 'V');
		internet.cut(evil);
		await isUnharmed(there, 'cables pulled');
		// Its WebSocket is silent for 15 s, or its presence for 30.
		await ear.event((e) => e.event === 'message' && e.message.peerId ===
			'V' && e.message.type === 'offline', 0, { patience: 60000 });
		internet.mend(evil);
		await isUnharmed(there, 'and mended');
	});
});

// A stranger's WebSocket in the name of somebody else, or speaking of him.
async function lieBySocket(t, { evil, server, peerId }) {
	for (const own of [peerId, 'nobody in particular']) {
		await curl(evil, `${server.url}/publish`, { method: 'POST',
			body: JSON.stringify({ type: 'online', peerId: own }) });
		const socket = new Subscriber(t, evil, { url: server.url, kind: 'ws',
			peerId: encodeURIComponent(own) });
		const { status } = await socket.open;
		if (status === 101) {
			for (const type of ['update', 'offline'])
				socket.say({ text: JSON.stringify({ type, peerId,
					content: 'lie' }) });
			await delay(300);
		}
		await socket.stop(); // a socket that breaks
	}
}

// What must have become of them.
function check(manner, told, count) {
	const what = `${manner}: ${JSON.stringify(told).slice(0, 300)}`;
	assert.equal(told.connected, count, what);
	const refused = Object.keys(told.statuses).map(Number);
	if (SOCKETS.includes(manner)) {
		assert.ok(told.statuses[101] > 0, what);
		// Pings, text that is no JSON and binary are no fault of the protocol.
		if (!/^(no JSON|binary|a flood|a hundred thousand pings|pieces of no)/.test(manner))
			assert.equal(told.open, 0, what);
		return;
	}
	if (/silence|half a head|slowly|never comes|hello|TLS|garbage|zeros/
		.test(manner))
		assert.equal(told.open, 0, what);
	if (/^a (deep|huge|exponent)|over the limit|50 MiB|without|headers?|path/
		.test(manner))
		assert.ok(refused.every((status) => status >= 400), what);
	if (/^(two lengths|a smuggled|a length that)/.test(manner))
		assert.ok(refused.length === 1 && [400, 413].includes(refused[0]), what);
	assert.ok(!refused.includes(500), what);
}

// It rests when nobody asks for anything.
async function isIdle(server) {
	const before = await look(server);
	await delay(2000);
	const after = await look(server);
	// A hundred ticks are a second.
	assert.ok(after.ticks - before.ticks < 100,
		`${after.ticks - before.ticks} ticks in two seconds of rest`);
}
