// A rendezvous server of ours for tests: `goop2 rendezvous DIR` on a host.
//
//	const server = await Rendezvous.start(t, { host, config: {} });
//	server.url                        'http://10.77.0.1:8787'
//	await server.ask('/healthz')      as curl() below, from its own host
//	await server.memoryKib()          resident, of goop-rendezvousd
//	await server.pid()
// and all that a Peer of peer.mjs can do.
//
//	await curl(host, url, { method, headers, body, more })
//	    { status, headers, body, bytes }; more: other options of curl
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Peer, curl, overlay, temporaryDirectory } from './peer.mjs';

export { curl } from './peer.mjs';
export const DAEMON = 'goop-rendezvousd';

export class Rendezvous extends Peer {
	static prepare(t, { host, config = {}, port = 8787, ipv6 = false } = {}) {
		const directory = join(temporaryDirectory(t), 'server');
		mkdirSync(directory, { mode: 0o700 });
		const presence = { rendezvous_port: port,
			rendezvous_bind: ipv6 ? '::' : '0.0.0.0' };
		writeFileSync(join(directory, 'goop.json'), JSON.stringify(
			overlay({ presence }, config), null, 2), { mode: 0o600 });
		const server = new Rendezvous(t, directory, { host,
			command: 'rendezvous' });
		server.port = port;
		const name = ipv6 ? `[${host.ipv6}]` : host?.ipv4 ?? '127.0.0.1';
		server.url = `http://${name}:${port}`;
		server.base = server.url;
		return server;
	}

	static async start(t, options) {
		return Rendezvous.prepare(t, options).start();
	}

	async start(options) {
		await super.start(options);
		this.url = this.base; // not the viewer's
		await this.until('an answer', async () =>
			(await this.ask('/healthz')).status === 200);
		return this;
	}

	ask(path, options) {
		return curl(this.host, `http://${this.url.startsWith('http://[') ?
			'[::1]' : '127.0.0.1'}:${this.port}${path}`, options);
	}

	publish(message, options = {}) {
		return this.ask('/publish', { method: 'POST', headers:
			{ 'Content-Type': 'application/json' },
		body: typeof message === 'string' ? message : JSON.stringify(message),
		...options });
	}

	async pid() {
		return (await this.daemon(DAEMON)).pid;
	}

	async memoryKib() {
		return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(
			`/proc/${await this.pid()}/status`, 'utf8'))[1]);
	}

	async counters() {
		return (await this.daemon(DAEMON)).counters;
	}
}
