// How a rendezvous server may be named, and reached through proxies for http.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Internet, giveNames } from './lib/internet.mjs';
import { Mover } from './lib/mover.mjs';
import { netnsMissing } from './lib/netns.mjs';
import { Peer } from './lib/peer.mjs';
import { ConnectProxy, ForwardProxy } from './lib/proxies.mjs';
import { Rendezvous } from './lib/rendezvous.mjs';

const scenes = { skip: netnsMissing ?? false, concurrency: 2, timeout: 120000 };

const make = (t, host, url) => Peer.init(t, { label: 'P', host, config: {
	presence: { ttl_seconds: 6, heartbeat_seconds: 2, rendezvous_wan: url } } });

const joined = (peer, wanted = () => true) => peer.until('the server',
	async () => {
		const [row] = (await peer.status()).servers;
		return row?.is_connected && wanted(row) && row;
	});
const says = (peer, pattern) => peer.until(`${pattern}`, async () =>
	pattern.test((await peer.goop2('status')).stdout));

// A server, and a host elsewhere that knows it by these names.
async function apart(t, names = []) {
	const internet = Internet.create(t);
	const server = await Rendezvous.start(t, { host: internet.lan().host() });
	const host = internet.lan().host();
	giveNames(t, host, { hosts: Object.fromEntries(names.map((name) =>
		[name, server.host.ipv4])) });
	return { internet, server, host };
}

describe('the URL of a rendezvous server', scenes, () => {
	it('an international name', async (t) => {
		const { server, host } = await apart(t, ['xn--bcher-kva.example']);
		const peer = await make(t, host, `http://B\u00fccher.example:${server.port}`);
		await peer.start();
		const row = await joined(peer);
		assert.equal(row.url, `http://b\u00fccher.example:${server.port}`);
	});

	it('spaces around it, and a scheme in any case', async (t) => {
		const { server, host } = await apart(t, ['plain.example']);
		const peer = await make(t, host, ` HTTP://plain.example:${server.port} `);
		await peer.start();
		assert.equal((await joined(peer)).url,
			`http://plain.example:${server.port}`);
	});

	it('what is wrong with it is said when goop.json is read', async (t) => {
		const host = Internet.create(t).lan().host();
		for (const [url, reason] of [
			['http://a.example:99999', /port in it that is not a number/],
			['http://a.example,http://b.example', /only one server/],
			['http://[fe80::1]', /needs a network interface/]]) {
			const peer = await make(t, host, url);
			const { code, stderr } = await peer.goop2('config');
			assert.notEqual(code, 0, url);
			assert.match(stderr, reason);
			assert.match(stderr, /presence\.rendezvous_wan/);
		}
	});

	it('a link-local address with its interface', async (t) => {
		const lan = Internet.create(t).lan();
		const place = lan.host(), host = lan.host();
		const server = await Rendezvous.start(t, { host: place, ipv6: true });
		const address = /inet6 (fe80::\S+)\/64/.exec(
			place.run('ip', '-6', 'addr', 'show', 'scope', 'link'))[1];
		const [name] = /^\d+: (eth\d+|\w+)[:@]/m.exec(
			host.run('ip', '-o', 'link', 'show', 'up', 'type', 'veth')).slice(1);
		const peer = await make(t, host,
			`http://[${address}%25${name}]:${server.port}`);
		await peer.start();
		await joined(peer);
	});

	it('a server that has moved to another host', async (t) => {
		const { internet, host } = await apart(t);
		const place = internet.lan().host();
		await new Mover(t, place, 'https://elsewhere.example').ready;
		const peer = await make(t, host, `http://${place.ipv4}:8787`);
		await peer.start();
		await says(peer, new RegExp('the server has moved to ' +
			'https://elsewhere\\.example/\\S*: put that into ' +
			'presence\\.rendezvous_wan'));
	});
});

// Hosts that reach the server through a gateway's proxy alone.
describe('a name with several addresses', scenes, () => {
	it('the dead ones before the good one cost little', async (t) => {
		const { internet, server, host } = await apart(t);
		const dead = Array.from({ length: 3 }, () => internet.lan().host());
		dead.forEach((one) => internet.cut(one));
		giveNames(t, host, { hosts: { 'rendezvous.example':
			[...dead, server.host].map((one) => one.ipv4) } });
		const peer = await make(t, host,
			`http://rendezvous.example:${server.port}`);
		await peer.start();
		const begun = Date.now();
		await joined(peer);
		// One after the other each would take three seconds at least.
		assert.ok(Date.now() - begun < 8000, `${Date.now() - begun} ms`);
	});
});

async function fenced(t, Proxy) {
	const internet = Internet.create(t);
	const server = await Rendezvous.start(t, { host: internet.lan().host() });
	const middle = internet.lan();
	const gateway = middle.host();
	const names = { hosts: { 'rendezvous.example': server.host.ipv4 } };
	giveNames(t, gateway, names);
	const proxy = new Proxy(t, gateway);
	await proxy.ready;
	const host = internet.lan({ to: [middle] }).host();
	giveNames(t, host, { hosts: { 'proxy.example': gateway.ipv4 } });
	const peer = await make(t, host,
		`http://rendezvous.example:${server.port}`);
	return { server, proxy, peer,
		by: { http_proxy: 'http://proxy.example:3128' } };
}

describe('a proxy for http', scenes, () => {
	it('one that tunnels: by WebSocket', async (t) => {
		const { server, proxy, peer, by } = await fenced(t, ConnectProxy);
		await peer.start({ env: by });
		await joined(peer, (row) => row.transport === 'websocket');
		assert.ok(proxy.count((e) => e.status === 200 &&
			e.to === `rendezvous.example:${server.port}`) > 0);
	});

	it('one that forwards alone: by events', async (t) => {
		const { server, proxy, peer, by } = await fenced(t, ForwardProxy);
		await peer.start({ env: by });
		await joined(peer, (row) => row.transport === 'events');
		assert.ok(proxy.count((e) => e.to?.startsWith(
			`http://rendezvous.example:${server.port}/publish`)) > 0);
	});

	it('no_proxy names the network', async (t) => {
		const { server, host } = await apart(t);
		const peer = await make(t, host, server.url);
		await peer.start({ env: { http_proxy: 'http://127.0.0.1:1',
			no_proxy: `example.org,${server.host.ipv4}/16` } });
		await joined(peer);
	});
});
