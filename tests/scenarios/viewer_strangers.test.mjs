// The viewer as pages of elsewhere, other users of the machine and those who
// mean no good meet it; and what is left of it when daemons are killed.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { netnsMissing } from './lib/netns.mjs';
import { PATIENCE_MS, run } from './lib/peer.mjs';
import { BIG, NOBODY, ViewerScene, digest, html, json } from './lib/viewer_scene.mjs';

// A program of a few lines on the viewer's host.
function program(host, lines, options) {
	const [command, ...args] = host.command(process.execPath, '-e', lines);
	return spawn(command, args, options);
}

describe('viewer and strangers', { skip: netnsMissing, timeout: 300000 }, () => {
	const scene = new ViewerScene('viewer-strangers');
	before(() => scene.open());
	after(() => scene.close());

	describe('strangers', () => {
		const hosts = ['evil.example', 'evil.example:PORT', '127.0.0.1', 'localhost',
			'127.0.0.1:1', '0.0.0.0:PORT', 'foo.localhost:PORT', 'localhost.:PORT',
			'SITE.evil.example:PORT'];
		for (const host of hosts)
			it(`do not come in by the name ${host}`, async () => {
				const name = host.replace('PORT', scene.port).replace('SITE', scene.site.split('.')[0]);
				for (const path of ['/peers', '/api/self', `/p/${scene.bob.id}/`])
					assert.equal((await scene.get(path, { Host: name })).status, 421, path);
			});

		const foreign = [
			{ Origin: 'https://evil.example' }, { Origin: 'null' },
			{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' },
		];
		for (const headers of foreign)
			it(`do not drive the API: ${Object.entries(headers)}`, async () => {
				for (const path of ['/api/self', '/api/peers', '/api/logs',
					'/api/settings/quick/get', '/api/peers/events'])
					assert.equal((await scene.get(path, headers)).status, 403, path);
				assert.equal((await scene.post('/api/settings/quick', '{"label":"x"}',
					{ ...json, ...headers })).status, 403);
			});

		const ways = [['/api/data/tables'], ['/api/data/events'],
			['/api/data/export?table=t&format=csv'], ['/api/p/BOB/data/tables'],
			['/api/data/find', '{"table":"t"}'], ['/api/p/BOB/data/insert', '{"table":"t","data":{}}']];
		for (const [path, body] of ways)
			it(`do not reach data: ${path}`, async () => {
				const at = path.replace('BOB', scene.bob.id);
				for (const headers of [...foreign, { Origin: `http://${scene.site}` }]) {
					const { status } = body === undefined ? await scene.get(at, headers) :
						await scene.post(at, body, { ...json, ...headers });
					assert.equal(status, 403, JSON.stringify(headers));
				}
				if (body !== undefined)
					assert.equal((await scene.post(at, body, { 'Content-Type': 'text/plain' })).status, 415);
			});

		it('of a site reach its own peer\'s data at most', async () => {
			const { alice, bob } = scene;
			const id = (path) => path.replace('ALICE', alice.id).replace('BOB', bob.id).replace('NOBODY', NOBODY);
			for (const path of ['/api/data/tables', '/api/data/trash', '/api/data/events',
				'/api/data/export?table=t&format=csv', '/api/p/ALICE/data/tables',
				'/api/p/ALICE/data/events', '/api/p/NOBODY/data/tables', '/api/p/BOB/data/events',
				'/api/p/BOB/data/trash', '/api/p/BOB/data/export', '/api/p/BOB/../ALICE/data/tables',
				'/api/peers', '/api/peers/events', '/api/logs', '/api/settings/quick/get', '/api/status'])
				assert.equal((await scene.atSite(id(path))).status, 404, path);
			for (const path of ['/api/data/find', '/api/data/insert', '/api/data/undo',
				'/api/p/ALICE/data/insert', '/api/p/NOBODY/data/insert', '/api/p/BOB/data/undo',
				'/api/settings/quick']) {
				const { status } = await scene.post(id(path), '{"table":"t"}', { ...json,
					Host: scene.site, Origin: `http://${scene.site}`, 'Sec-Fetch-Site': 'same-origin' });
				assert.ok([404, 405].includes(status), path);
			}
		});

		it('nor does a site', async () => {
			assert.equal((await scene.get('/api/self', { Origin: `http://${scene.site}`,
				'Sec-Fetch-Site': 'cross-site' })).status, 403);
		});

		it('send forms in vain', async () => {
			for (const type of ['text/plain', 'application/x-www-form-urlencoded',
				'multipart/form-data; boundary=x', 'application/jsonp'])
				assert.equal((await scene.post('/api/settings/quick', '{"label":"x"}',
					{ 'Content-Type': type })).status, 415, type);
		});

		it('of another user are refused', async () => {
			const { stdout } = await run(['setpriv', '--reuid=65534',
				'--clear-groups', 'curl', '-s', '-o', '/dev/null', '-w',
				'%{http_code}', `${scene.origin}/api/self`], { host: scene.alice.host });
			assert.equal(stdout, '403');
		});
	});

	describe('bad requests', () => {
		const ambiguous = {
			'two ends': scene.head('POST /api/settings/quick HTTP/1.1',
				'Content-Type: application/json', 'Content-Length: 6',
				'Transfer-Encoding: chunked') + '0\r\n\r\nGET /api/self HTTP/1.1\r\n\r\n',
			'two lengths': scene.head('POST /api/settings/quick HTTP/1.1',
				'Content-Length: 2', 'Content-Length: 3') + '{} ',
			'a hidden length': scene.head('POST /api/settings/quick HTTP/1.1',
				'Content-Length : 2') + '{}',
			'a signed length': scene.head('POST /api/settings/quick HTTP/1.1',
				'Content-Length: +2') + '{}',
			'HEAD with a body': scene.head('HEAD /peers HTTP/1.1', 'Content-Length: 5') + 'GET /',
			'no host': 'GET /peers HTTP/1.1\r\n\r\n',
			'two hosts': scene.head('GET /peers HTTP/1.1', 'Host: evil.example'),
			'the way up': scene.head('GET /p/BOB/%2e%2e/goop.json HTTP/1.1',
				'Connection: close'),
			'a proxy': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
			'an unknown method with a body': scene.head('FOO /peers HTTP/1.1',
				'Content-Length: 5') + 'GET /',
			'a list of codings': scene.head('POST /api/settings/quick HTTP/1.1',
				'Transfer-Encoding: gzip, chunked') + '0\r\n\r\n',
		};
		for (const [name, text] of Object.entries(ambiguous))
			it(`are refused and the line is cut: ${name}`, async () => {
				const answer = await scene.raw(text);
				assert.match(answer, /^HTTP\/1\.\d 400 /);
				assert.match(answer, /\(closed\)/);
				assert.equal(answer.match(/^HTTP\//gm).length, 1);
			});

		it('may hold the whole address, which then counts', async () => {
			const own = await scene.raw(scene.head('GET http://127.0.0.1:PORT/peers HTTP/1.1'));
			assert.match(own, /^HTTP\/1\.\d 200 /);
			for (const host of ['127.0.0.1', 'evil.example:PORT'])
				assert.match(await scene.raw(scene.head(
					`GET http://${host}/peers HTTP/1.1`)), /^HTTP\/1\.\d 421 /, host);
		});

		it('are bounded: headers', async () => {
			const answer = await scene.raw(scene.head('GET /peers HTTP/1.1', `X: ${'x'.repeat(20000)}`));
			assert.match(answer, /^(HTTP\/1\.\d (400|413) |\n\(closed\))/);
			assert.match(answer, /\(closed\)/);
		});

		it('are bounded: body', async () => {
			const answer = await scene.raw(scene.head('POST /api/settings/quick HTTP/1.1',
				'Content-Type: application/json', 'Content-Length: 70000') +
				'x'.repeat(70000));
			assert.match(answer, /^(HTTP\/1\.\d 413 |\n\(closed\))/);
			assert.match(answer, /\(closed\)/);
		});

		it('are bounded: body of a call for data', async () => {
			const answer = await scene.raw(scene.head('POST /api/data/find HTTP/1.1',
				'Content-Type: application/json', 'Content-Length: 1000000') +
				'x'.repeat(1000000));
			assert.match(answer, /^(HTTP\/1\.\d 413 |\n\(closed\))/);
			assert.match(answer, /\(closed\)/);
		});

		it('end with an answer or a cut, never a wedge', async () => {
			for (const text of ['\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n',
				'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', '\0\0\0\0\r\n\r\n',
				scene.head('GET /%zz HTTP/1.1'), scene.head('GET /peers#x HTTP/1.1'),
				scene.head('CONNECT a:1 HTTP/1.1'), scene.head('TRACE / HTTP/1.1'),
				scene.head('OPTIONS * HTTP/1.1')])
				await scene.raw(text, 200);
			assert.equal((await scene.get('/peers')).status, 200);
		});

		it('follow each other on one connection', async () => {
			const answer = await scene.raw(scene.head('GET /api/self HTTP/1.1') +
				scene.head('GET /api/peers HTTP/1.1') + scene.head('HEAD /peers HTTP/1.1') +
				scene.head('GET /api/none HTTP/1.1'));
			assert.deepEqual(answer.match(/^HTTP\/1\.1 \d+/gm),
				['200', '200', '200', '404'].map((s) => `HTTP/1.1 ${s}`));
		});

		it('that drip are cut', async () => {
			const drip = program(scene.alice.host, `
				const s = require('net').connect(${scene.port}, '127.0.0.1');
				s.write('GET /peers HTTP/1.1\\r\\n');
				setInterval(() => s.write('X: y\\r\\n'), 500);
				s.on('error', () => process.exit(0));
				s.on('close', () => process.exit(0));`, { stdio: 'ignore' });
			const timer = setTimeout(() => drip.kill('SIGKILL'), PATIENCE_MS + 20000);
			const [code] = await once(drip, 'exit');
			clearTimeout(timer);
			assert.equal(code, 0, 'the server closed');
		});

		const crowds = { silent: '', 'half said': 'GET /peers HTTP/1.1\\r\\n' };
		for (const [kind, words] of Object.entries(crowds))
			it(`by the hundred leave room for the owner: ${kind}`, async () => {
				const crowd = program(scene.alice.host, `
				const enter = (left) => left === 0 ? console.log('there') :
					require('net').connect(${scene.port}, '127.0.0.1', function () {
						this.write('${words}');
						enter(left - 1);
					}).on('error', () => {});
				enter(300);
				setInterval(() => {}, 1000);`, { stdio: ['ignore', 'pipe', 'ignore'] });
				await once(crowd.stdout, 'data');
				assert.equal((await scene.get('/peers')).status, 200);
				crowd.kill('SIGKILL');
				await once(crowd, 'exit');
				assert.equal((await scene.get('/api/self')).status, 200);
			});
	});

	it('answers each new connection, also while it looks after the others', async () => {
		const asker = program(scene.alice.host, `
			const { connect } = require('net');
			connect(${scene.port}, '127.0.0.1'); // stays, and is looked after
			const end = Date.now() + 5000;
			let asked = 0, answered = 0;
			const ask = () => connect(${scene.port}, '127.0.0.1', function () {
				asked++;
				this.write('GET /api/self HTTP/1.1\\r\\nHost: 127.0.0.1:${scene.port}\\r\\n\\r\\n');
			}).once('data', function () {
				answered++;
				this.destroy();
			}).on('error', () => {}).on('close', () => {
				if (Date.now() < end)
					return ask();
				console.log(asked === answered, asked, answered);
				process.exit();
			});
			ask();`, { stdio: ['ignore', 'pipe', 'inherit'] });
		const [line] = await once(asker.stdout, 'data');
		assert.match(line.toString(), /^true /);
	});

	describe('restarts', () => {
		for (const name of ['goopd', 'goop-discoveryd', 'goop-viewerd'])
			it(`of ${name} are not noticed by later requests`, async () => {
				for (let round = 0; round < 3; round++) {
					const loads = Array.from({ length: 6 }, () =>
						scene.file('big.bin').catch(() => {}));
					process.kill((await scene.alice.daemon(name)).pid, 'SIGKILL');
					await Promise.all(loads);
					await scene.alice.until(`${name} to be back`, async () =>
						(await scene.get('/api/self')).status === 200);
					if (name === 'goopd')
						await scene.alice.sees(scene.bob);
					const { status, bytes } = await scene.file('big.bin');
					assert.equal(status, 200);
					assert.equal(digest(bytes), digest(BIG));
				}
			});

		it('of the keeper of the settings bring another', async () => {
			const { pid } = await scene.alice.daemon('goop-viewerd');
			const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
			process.kill(Number(children.trim().split(' ')[0]), 'SIGKILL');
			await scene.alice.until('settings to be saved again', async () =>
				(await scene.post('/api/settings/quick', '{"email":"a@example.org"}'))
					.status === 200);
		});

		it('that take long are told, with a page that comes back', async () => {
			const { pid } = await scene.alice.daemon('goopd');
			scene.alice.child.kill('SIGSTOP'); // nobody restarts it
			try {
				process.kill(pid, 'SIGKILL');
				const { status, headers, body } = await scene.file('ten.txt', html);
				assert.equal(status, 503);
				assert.equal(headers.refresh, '2');
				assert.equal(headers['retry-after'], '2');
				assert.match(body, /restarting/);
				assert.equal((await scene.get('/api/peers')).status, 200);
			} finally {
				scene.alice.child.kill('SIGCONT');
			}
			await scene.alice.until('files to come again', async () =>
				(await scene.file('ten.txt')).status === 200);
		});

		it('of goopd do not break a download under way', async () => {
			const args = ['-sS', '--limit-rate', '4M', '--max-time', '60',
				`${scene.origin}/p/${scene.bob.id}/big.bin`];
			const load = run(['curl', ...args], { host: scene.alice.host });
			await scene.alice.until('the download to be under way', async () =>
				(await scene.alice.daemon('goopd')).pid > 0);
			process.kill((await scene.alice.daemon('goopd')).pid, 'SIGKILL');
			const { code, bytes, stderr } = await load;
			assert.equal(code, 0, stderr);
			assert.equal(digest(bytes), digest(BIG));
		});
	});
});
