// Real proxies in front of a rendezvous server on the same host.
//
//	const caddy = await startCaddy(t, host, { name: 'rendezvous.example' });
//	caddy.ca                     file with the certificate of its authority
//	const nginx = await startNginx(t, host);
//	    port 8080: as our documentation has it, and once more below /below/;
//	    8081: proxy_pass and no more; 8082: holds events back
//	const proxy = new ConnectProxy(t, host);     // for https, on port 3128
//	const proxy = new ForwardProxy(t, host);     // for http; knows no CONNECT
//	proxy.events                 { event: 'connect', to, status }
//	caddy.stop()                 caddy.start() again
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanup } from './cleanup.mjs';
import { PATIENCE_MS, curl, temporaryDirectory } from './peer.mjs';
import { Program, main } from './program.mjs';

const missing = (program) => spawnSync(program, ['-v'], { stdio: 'ignore' }).error
	? `${program} is not on this machine` : undefined;
export const caddyMissing = missing('caddy');
export const nginxMissing = missing('nginx');

// Is it there? It answers, with whatever.
async function answers(host, url, more) {
	const end = Date.now() + PATIENCE_MS;
	for (;;)
		try {
			return await curl(host, url, { more });
		} catch (error) {
			if (Date.now() > end)
				throw error;
			await delay(100);
		}
}

// Knows the CONNECT of RFC 9110, 9.3.6, and nothing else; or what has a whole
// URL to ask for (RFC 9112, 3.2.2), and nothing else.
export class ConnectProxy extends Program {
	constructor(t, host, more = {}) {
		super(t, host, import.meta.url, { address: host.ipv4, ...more });
		this.url = `http://${host.ipv4}:3128`;
		this.ready = this.event((e) => e.event === 'listening');
	}
}

export class ForwardProxy extends ConnectProxy {
	constructor(t, host) {
		super(t, host, { forwards: true });
	}
}

// As proxies do it, the connection's own headers stay here.
function forward(incoming, answer) {
	const { connection, upgrade, ...headers } = incoming.headers;
	const outgoing = request(incoming.url, { method: incoming.method, headers },
		(reply) => {
			answer.writeHead(reply.statusCode, reply.headers);
			reply.pipe(answer);
		});
	outgoing.on('error', () => answer.destroy());
	answer.on('close', () => outgoing.destroy());
	incoming.pipe(outgoing);
}

main(import.meta.url, ({ address, forwards }, tell) => {
	const server = createServer((incoming, answer) => {
		const status = forwards ? 200 : 405;
		tell({ event: 'connect', to: incoming.url, status });
		if (forwards)
			return forward(incoming, answer);
		answer.writeHead(405).end();
	});
	server.on('connect', ({ url }, client, early) => {
		if (forwards) {
			tell({ event: 'connect', to: url, status: 403 });
			return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		}
		const [host, port] = url.split(':');
		const there = connect(Number(port), host, () => {
			tell({ event: 'connect', to: url, status: 200 });
			client.write('HTTP/1.1 200 Connection established\r\n\r\n');
			there.write(early);
			there.pipe(client).pipe(there);
		});
		for (const [one, other] of [[there, client], [client, there]]) {
			one.on('error', () => other.destroy());
			one.on('close', () => other.destroy());
		}
	});
	server.listen(3128, address, () => tell({ event: 'listening' }));
});

class Proxy {
	constructor(t, host, command, env, url, more) {
		Object.assign(this, { host, command, env, url, more });
		cleanup(t, () => this.stop());
	}

	async start() {
		const [program, ...args] = this.host.command(...this.command);
		this.child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'],
			env: { ...process.env, ...this.env } });
		let said = '';
		this.child.stderr.on('data', (data) => {
			said = (said + data).slice(-4000);
		});
		try {
			await answers(this.host, this.url, this.more);
		} catch (error) {
			throw new Error(`${this.command[0]}: ${error.message}\n${said}`);
		}
		return this;
	}

	async stop(signal = 'SIGKILL') {
		if (this.child.exitCode !== null || this.child.signalCode !== null)
			return;
		const ended = once(this.child, 'exit');
		this.child.kill(signal);
		await ended;
	}
}

export async function startCaddy(t, host, { name }) {
	const directory = temporaryDirectory(t);
	const file = join(directory, 'Caddyfile');
	const ca = join(directory, 'caddy/pki/authorities/local/root.crt');
	writeFileSync(file, `{
	admin off
	skip_install_trust
}

${name}:443 {
	tls internal
	reverse_proxy localhost:8787
}
`);
	const env = { XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory,
		HOME: directory };
	const proxy = new Proxy(t, host, ['caddy', 'run', '--config', file,
		'--adapter', 'caddyfile'], env, `https://${name}/`,
	['-k', '--resolve', `${name}:443:127.0.0.1`]);
	await proxy.start();
	if (!existsSync(ca))
		throw new Error('caddy made no authority');
	return Object.assign(proxy, { ca });
}

export async function startNginx(t, host) {
	const directory = temporaryDirectory(t);
	const file = join(directory, 'nginx.conf');
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
	for (const kind of temporary)
		mkdirSync(join(directory, kind));
	writeFileSync(file, `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr;
events { }
http {
	access_log off;
	${temporary.map((kind) => `${kind}_temp_path ${directory}/${kind};`)
		.join('\n\t')}
	map $http_upgrade $connection_upgrade {
		default upgrade;
		'' '';
	}
	server {
		listen 8080;
		listen [::]:8080;
		location / {
			proxy_pass http://127.0.0.1:8787;
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
			proxy_read_timeout 1h;
		}
		location /below/ {
			proxy_pass http://127.0.0.1:8787/;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
		}
	}
	server {
		listen 8081;
		location / {
			proxy_pass http://127.0.0.1:8787;
		}
	}
	server {
		listen 8082;
		location / {
			proxy_pass http://127.0.0.1:8787;
			proxy_ignore_headers X-Accel-Buffering;
		}
	}
}
`);
	return new Proxy(t, host, ['nginx', '-p', directory, '-c', file], {},
		'http://127.0.0.1:8080/').start();
}
