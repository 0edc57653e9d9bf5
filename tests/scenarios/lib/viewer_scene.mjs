// Two peers on a LAN, and requests of all kinds to the viewer of the first.
//
//	const scene = new ViewerScene('name');
//	before(() => scene.open());  after(() => scene.close());
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Network } from './netns.mjs';
import { Peer, run } from './peer.mjs';

const RAW_HTTP = fileURLToPath(new URL('raw_http.mjs', import.meta.url));
export const TEN = '0123456789';
export const BIG = randomBytes(8 << 20);
export const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

// A peer id that nobody has.
export const NOBODY = '12D3KooWPqT2nMDSiXUSx5D7fasaxhxKigVhcqfkKqrLghCq9jxz';

// Headers of a person who opens an address in a browser, and others.
export const visit = { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate',
	'Sec-Fetch-Dest': 'document' };
export const html = { Accept: 'text/html,*/*' };
export const json = { 'Content-Type': 'application/json' };

export class ViewerScene {
	#closers = [];

	constructor(name) {
		// What Peer and Network want of a test context.
		this.context = { name, after: (close) => this.#closers.push(close) };
	}

	async open() {
		const lan = this.lan = Network.create(this.context);
		this.alice = await Peer.init(this.context, { label: 'Alice',
			host: lan.host() });
		this.bob = await Peer.init(this.context, { label: 'Bob', host: lan.host(),
			files: { 'ten.txt': TEN, 'empty.txt': '', 'big.bin': BIG,
				'.secret': 'x', 'a b/index.html': '<!doctype html><p>spaced',
				'lua/s.lua': 'x', 'p/page.html': 'p', 'api/posts.json': '[]',
				'sdk/own.js': '1', 'sdk/goop-data.js': 'shadowed',
				'about.html': 'about', 'page.html/x': 'no page',
				'404.html': '<!doctype html>not here' } });
		await Promise.all([this.alice.start(), this.bob.start()]);
		this.port = new URL(this.alice.url).port;
		this.origin = `http://127.0.0.1:${this.port}`;
		await this.alice.sees(this.bob);
		const { headers } = await this.file('', visit);
		this.site = new URL(headers.location).host; // of Bob
	}

	async close() {
		await Promise.all([this.alice?.stop(), this.bob?.stop()]);
		for (const close of this.#closers.reverse())
			await close();
	}

	get(path, headers = {}) {
		return this.alice.http(path, { headers });
	}

	// A file of Bob's site; anything at his origin.
	file(name, headers) {
		return this.get(`/p/${this.bob.id}/${name}`, headers);
	}

	atSite(path, headers = {}) {
		return this.get(path, { Host: this.site, ...headers });
	}

	post(path, body, headers = json) {
		return this.alice.http(path, { method: 'POST', headers, body });
	}

	// What is answered to exactly these bytes (PORT is the viewer's,
	// BOB Bob's id).
	async raw(text, patience = 1500) {
		const { stdout } = await run([process.execPath,
			RAW_HTTP, this.port, String(patience)],
		{ host: this.alice.host, input: text.replaceAll('PORT', this.port).replaceAll('BOB', this.bob.id) });
		return stdout;
	}

	head(line, ...headers) {
		return [line, 'Host: 127.0.0.1:PORT', ...headers, '', '']
			.join('\r\n');
	}
}
