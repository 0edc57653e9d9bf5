// goop2 sql, export and import, beside real daemons.
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync,
	rmSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Peer, GOOP2, goop2, run, temporaryDirectory, smallDisk, mountMissing,
	PATIENCE_MS } from './lib/peer.mjs';
import { cleanup } from './lib/cleanup.mjs';
import { Writer, sqlite } from './lib/database.mjs';
import { entriesOf, exportOf, makeZip, manifestOf, sha256 } from './lib/zip.mjs';

const mode = (path) => (statSync(path).mode & 0o777).toString(8);
const sizeOf = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? -1;

// A peer directory that does not run, with a small database.
async function stillPeer(t, options = {}) {
	const peer = await Peer.init(t, options);
	sqlite(peer.directory, `PRAGMA journal_mode=WAL;
		CREATE TABLE guestbook(_id INTEGER PRIMARY KEY, name TEXT, x, b BLOB);
		INSERT INTO guestbook(name, x, b) VALUES
			('Zoë' || char(27) || '[31m', 1.5, x'00ff'),
			(NULL, 9e999, NULL), ('two' || char(10) || 'lines', 3, '');`);
	return peer;
}

// An export of it that is good, as a Buffer.
async function exported(t, peer, ...options) {
	const file = join(temporaryDirectory(t), 'peer.zip');
	const done = await peer.goop2('export', file, ...options);
	assert.equal(done.code, 0, done.stderr);
	return file;
}

// Wait for what becomes true by itself.
async function until(what, ask) {
	const end = Date.now() + PATIENCE_MS;
	while (!ask()) {
		assert.ok(Date.now() < end, `not seen: ${what}`);
		await turn();
	}
}

function start(t, ...args) {
	const child = spawn(GOOP2, args, { stdio: 'ignore' });
	cleanup(t, () => child.kill('SIGKILL'));
	return { child, ended: once(child, 'exit') };
}

// Send the signal to a goop2 in the middle of its work, and see how it ends. On
// a busy machine it may be done before one looks: then undo that, and again.
async function strike(t, signal, args, { inTheMiddle, meanwhile, undo }) {
	for (let tries = 0; tries < 20; tries++) {
		const { child, ended } = start(t, ...args);
		await until('its middle, or end', () => inTheMiddle() ||
			child.exitCode !== null);
		child.kill('SIGSTOP');
		if (child.exitCode === null && inTheMiddle()) {
			await meanwhile?.();
			child.kill(signal);
			child.kill('SIGCONT');
			const how = await ended;
			if (how[0] !== 0)
				return how;
		}
		child.kill('SIGCONT');
		await ended;
		undo();
	}
	throw new Error('it was never seen in the middle');
}

// --- sql

test('sql prints rows as a table and as JSON, and steers no terminal', async (t) => {
	const peer = await stillPeer(t);
	const before = sha256(readFileSync(join(peer.directory, 'data.db')));
	const table = await peer.goop2('sql', 'SELECT * FROM guestbook');
	assert.equal(table.code, 0, table.stderr);
	assert.equal(table.stdout, [
		'_id  name         x    b',
		'---  -----------  ---  -------',
		"1    Zoë\\x1b[31m  1.5  x'00ff'",
		'2    NULL         Inf  NULL',
		'3    two\\nlines   3    ', ''].join('\n'));
	const json = await peer.goop2('sql', '--json',
		'SELECT *, name FROM guestbook; SELECT 1 AS a WHERE 0');
	const [rows, none] = json.stdout.split(/(?<=\])\n/);
	assert.deepEqual(JSON.parse(rows), [
		{ _id: 1, name: 'Zoë\u001b[31m', x: 1.5, b: { hex: '00ff' },
			'name:2': 'Zoë\u001b[31m' },
		{ _id: 2, name: null, x: Infinity, b: null, 'name:2': null },
		{ _id: 3, name: 'two\nlines', x: 3, b: '', 'name:2': 'two\nlines' }]);
	assert.doesNotMatch(rows, /\u001b/);
	assert.deepEqual(JSON.parse(none), []);
	assert.equal(sha256(readFileSync(join(peer.directory, 'data.db'))), before);
});

test('sql reads statements from standard input', async (t) => {
	const peer = await stillPeer(t);
	const ask = (input) => run([GOOP2, 'sql', peer.directory], { input });
	const some = await ask('-- a comment\n.tables\n.schema guestbook\n' +
		'SELECT count(*)\n  FROM guestbook;\nSELECT \';\' AS s, 2');
	assert.equal(some.code, 0, some.stderr);
	assert.equal(some.stdout, 'guestbook\nCREATE TABLE guestbook(_id INTEGER ' +
		'PRIMARY KEY, name TEXT, x, b BLOB);\ncount(*)\n--------\n3\n' +
		's  2\n-  -\n;  2\n');
	const wrong = await ask('SELECT 1 AS a;\nSELEC;\nSELECT 2 AS b;\n');
	assert.equal(wrong.code, 1);
	assert.equal(wrong.stdout, 'a\n-\n1\n'); // the first error ends it
	assert.equal(wrong.stderr, 'goop2: near "SELEC": syntax error\n');
	assert.match((await ask('.nonsense\n')).stderr, /command: \.nonsense; see \.help/);
	assert.equal((await ask('.quit\nSELEC;\n')).code, 0);
	assert.equal((await ask('')).code, 0);
});

test('on a terminal sql asks, and goes on after a mistake', async (t) => {
	const peer = await stillPeer(t);
	const done = await run(['script', '-qec',
		`'${GOOP2}' sql '${peer.directory}'`, '/dev/null'],
	{ input: 'SELEC;\nSELECT 40\n+ 2 AS a;\n.help\n.quit\n' });
	assert.equal(done.code, 0, done.stdout);
	assert.match(done.stdout, /sql> /);
	assert.match(done.stdout, /syntax error/);
	assert.match(done.stdout, /\.\.\.> [^]*\n42\r/);
	assert.match(done.stdout, /\.schema TABLE /);
});

test('sql neither writes nor reaches anything else', async (t) => {
	const peer = await stillPeer(t);
	const listing = () => readdirSync(peer.directory)
		.filter((name) => !/-(wal|shm)$/.test(name)).sort();
	const before = [listing(), sha256(readFileSync(join(peer.directory, 'data.db')))];
	for (const statement of ['INSERT INTO guestbook(name) VALUES(1)',
		'DELETE FROM guestbook', 'DROP TABLE guestbook', 'CREATE TABLE x(a)',
		'CREATE TEMP TABLE x(a)', 'ANALYZE', 'VACUUM',
		`VACUUM INTO '${peer.directory}/copy.db'`,
		`ATTACH '${peer.directory}/other.db' AS other`, 'DETACH main',
		'PRAGMA journal_mode=DELETE', 'PRAGMA query_only=0',
		'PRAGMA writable_schema=1', 'PRAGMA user_version=7',
		'PRAGMA wal_checkpoint(TRUNCATE)', 'BEGIN', 'BEGIN IMMEDIATE',
		'SAVEPOINT x', "SELECT load_extension('x')",
		'SELECT 1; DELETE FROM guestbook']) {
		const refused = await peer.goop2('sql', statement);
		assert.equal(refused.code, 1, statement);
		assert.match(refused.stderr, /^goop2: the database is open for reading only: /,
			statement);
	}
	for (const [statement, words] of [['SELECT * FROM nope', 'no such table: nope'],
		["SELECT writefile('x', 'y')", 'no such function: writefile'],
		["SELECT * FROM pragma_journal_mode('delete')", undefined]]) {
		const wrong = await peer.goop2('sql', statement);
		assert.equal(wrong.code, 1, statement);
		if (words)
			assert.equal(wrong.stderr, `goop2: ${words}\n`);
	}
	assert.deepEqual([listing(), sha256(readFileSync(
		join(peer.directory, 'data.db')))], before);
});

test('sql tells what is wrong with a database', async (t) => {
	const peer = await Peer.init(t);
	const none = await peer.goop2('sql', 'SELECT 1');
	assert.equal(none.code, 4);
	assert.match(none.stderr, /there is no data\.db in .*: a peer creates it/);
	assert.ok(!existsSync(join(peer.directory, 'data.db')));
	writeFileSync(join(peer.directory, 'data.db'), randomBytes(8192));
	const garbage = await peer.goop2('sql', 'SELECT 1');
	assert.equal(garbage.code, 1);
	assert.match(garbage.stderr, /cannot read .*data\.db: file is not a database/);
	assert.equal((await goop2('sql', join(peer.directory, 'nowhere'))).code, 4);
});

test('sql works where nothing can be written', async (t) => {
	if (mountMissing)
		return t.skip(mountMissing);
	const peer = await stillPeer(t);
	const disk = smallDisk(t, 4096);
	execFileSync('cp', ['-a', peer.directory, join(disk, 'peer')]);
	execFileSync('mount', ['-o', 'remount,ro', disk]);
	const done = await goop2('sql', join(disk, 'peer'),
		'SELECT count(*) AS n FROM guestbook');
	assert.equal(done.stdout, 'n\n-\n3\n', done.stderr);
	assert.deepEqual(readdirSync(join(disk, 'peer')).filter((name) =>
		/-(wal|shm)$/.test(name)), []);
});

test('Ctrl-C ends a long statement', async (t) => {
	const peer = await stillPeer(t);
	const child = spawn(GOOP2, ['sql', peer.directory, 'SELECT 1 AS begun; ' +
		'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ' +
		'SELECT max(i) FROM n'], { stdio: ['ignore', 'pipe', 'pipe'] });
	cleanup(t, () => child.kill('SIGKILL'));
	let words = '';
	child.stderr.on('data', (data) => { words += data; });
	await once(child.stdout, 'data'); // the first statement is done
	child.kill('SIGINT');
	const [code] = await once(child, 'close');
	assert.equal(code, 1);
	assert.equal(words, 'goop2: interrupted\n');
});

test('sql reads beside a running peer that is being written to', async (t) => {
	const peer = await Peer.init(t);
	await peer.start();
	const writer = new Writer(t, peer.directory);
	await writer.some(20);
	let last = 0;
	for (let i = 0; i < 10; i++) {
		const done = await peer.goop2('sql', '--json', 'SELECT ' +
			'(SELECT count(*) FROM left_one) AS l, ' +
			'(SELECT count(*) FROM right_one) AS r');
		assert.equal(done.code, 0, done.stderr);
		const [{ l, r }] = JSON.parse(done.stdout);
		assert.equal(l, r);
		assert.ok(l >= last);
		last = l;
	}
	await writer.some(1); // it was not kept from writing
	assert.ok(last >= 20);
});

// --- export

test('export takes a peer along while it runs and is written to', async (t) => {
	const peer = await Peer.init(t, { files: { 'a/b.txt': 'b', 'ü ö.txt': 'u' } });
	writeFileSync(join(peer.directory, 'schemas/t.json'), '{}');
	utimesSync(join(peer.directory, 'site/a/b.txt'), 1600000000, 1600000000);
	await peer.start();
	const writer = new Writer(t, peer.directory);
	await writer.some(300);
	const zip = await exported(t, peer);
	await writer.some(1);
	const files = entriesOf(readFileSync(zip));
	const names = ['data.db', 'data/identity.key', 'goop.json', 'manifest.json',
		'schemas/guestbook.json', 'schemas/t.json', 'site/a/b.txt',
		'site/index.html', 'site/style.css',
		'site/ü ö.txt'];
	for (const name of names)
		assert.ok(files[name], name);
	assert.ok(Object.keys(files).every((name) => names.includes(name) ||
		name.startsWith('site/')), Object.keys(files));
	assert.equal(mode(zip), '600');
	const manifest = JSON.parse(files['manifest.json']);
	assert.equal(manifest.format, 'goop2-peer');
	assert.equal(manifest.peer_id, peer.id);
	for (const { name, size, sha256: sum } of manifest.files)
		assert.deepEqual([size, sum], [files[name].length, sha256(files[name])]);
	assert.equal(manifest.files.length, Object.keys(files).length - 1);

	// One moment of the database, and all that was committed before.
	const made = join(dirname(zip), 'made');
	const done = await goop2('import', made, zip);
	assert.equal(done.code, 0, done.stderr);
	assert.equal((await goop2('id', made)).stdout.trim(), peer.id);
	const [left, right] = sqlite(made, 'SELECT count(*) FROM left_one; ' +
		'SELECT count(*) FROM right_one; PRAGMA integrity_check')
		.split('\n').map(Number);
	assert.equal(left, right);
	assert.ok(left >= 300 && left <= await writer.stop());
	assert.equal(statSync(join(made, 'site/a/b.txt')).mtimeMs, 1600000000000);
	assert.equal(mode(made), '700');
	for (const name of ['goop.json', 'data.db', 'data/identity.key'])
		assert.equal(mode(join(made, name)), '600', name);
	await peer.stop();

	// And it runs.
	const twin = new Peer(t, made);
	await twin.start();
	assert.match((await twin.goop2('fetch', peer.id, '/a/b.txt')).stdout, /^b$/);
});

test('export leaves out what is no file, and says so', async (t) => {
	const peer = await stillPeer(t, { files: { 'x.tmp': 'x', 'good.txt': 'g' } });
	const site = join(peer.directory, 'site');
	symlinkSync('/etc/passwd', join(site, 'link'));
	symlinkSync('/etc', join(site, 'folder'));
	execFileSync('mkfifo', [join(site, 'fifo')]);
	writeFileSync(Buffer.concat([Buffer.from(`${site}/bad`), Buffer.from([0xff])]), '');
	writeFileSync(join(site, 'a\\b'), '');
	writeFileSync(join(site, 'a\nb'), '');
	const file = join(temporaryDirectory(t), 'x.zip');
	const done = await peer.goop2('export', file);
	assert.equal(done.code, 0, done.stderr);
	const told = done.stderr.trim().split('\n').sort();
	assert.deepEqual(told.map((line) => line.replace(/: [^:]*$/, '')), [
		'goop2: left out: site/a?b', 'goop2: left out: site/a\\b',
		'goop2: left out: site/bad?', 'goop2: left out: site/fifo',
		'goop2: left out: site/folder', 'goop2: left out: site/link',
		'goop2: left out: site/x.tmp']);
	assert.match(done.stdout, /^7 left out, see above$/m);
	assert.match(done.stdout, /^It contains the key: /m);
	assert.ok(entriesOf(readFileSync(file))['site/good.txt']);

	const without = await peer.goop2('export', `${file}2`, '--without-key');
	assert.match(without.stdout, /^It contains no key: /m);
	assert.equal(entriesOf(readFileSync(`${file}2`))['data/identity.key'],
		undefined);
});

test('export refuses where it must', async (t) => {
	const peer = await stillPeer(t);
	const directory = temporaryDirectory(t), file = join(directory, 'x.zip');
	writeFileSync(file, 'mine');
	const exists = await peer.goop2('export', file);
	assert.equal(exists.code, 1);
	assert.match(exists.stderr, /x\.zip already exists/);
	assert.equal(readFileSync(file, 'utf8'), 'mine');
	const within = await peer.goop2('export', join(peer.directory, 'site/x.zip'));
	assert.match(within.stderr, /would be inside the peer itself/);
	const nowhere = await peer.goop2('export', join(directory, 'no/x.zip'));
	assert.equal(nowhere.code, 4);

	peer.configure({ paths: { site_root: '/srv/www' } });
	const outside = await peer.goop2('export', join(directory, 'y.zip'));
	assert.equal(outside.code, 78);
	assert.match(outside.stderr, /paths\.site_root is \/srv\/www, which is outside/);
	peer.configure({ paths: { site_root: 'site' } });

	const database = join(peer.directory, 'data.db');
	const bytes = readFileSync(database);
	writeFileSync(database, Buffer.concat([bytes.subarray(0, 4096),
		randomBytes(bytes.length - 4096)]));
	const damaged = await peer.goop2('export', join(directory, 'y.zip'));
	assert.equal(damaged.code, 1);
	assert.match(damaged.stderr, /data\.db.* (damaged|malformed)/);
	unlinkSync(join(peer.directory, 'data/identity.key'));
	const keyless = await peer.goop2('export', join(directory, 'y.zip'));
	assert.equal(keyless.code, 4);
	assert.deepEqual(readdirSync(directory), ['x.zip']);
});

test('a site with other names comes back under them', async (t) => {
	const peer = await stillPeer(t, { files: { 'index.html': 'mine' } });
	peer.configure({ paths: { site_root: 'www/pages' },
		identity: { key_file: 'secret/me.key' } });
	for (const [from, to] of [['site', 'www/pages'],
		['data/identity.key', 'secret/me.key']]) {
		mkdirSync(dirname(join(peer.directory, to)));
		execFileSync('mv', [join(peer.directory, from), join(peer.directory, to)]);
	}
	const zip = await exported(t, peer);
	const files = entriesOf(readFileSync(zip));
	assert.equal(files['site/index.html'].toString(), 'mine');
	const made = join(dirname(zip), 'made');
	assert.equal((await goop2('import', made, zip)).code, 0);
	assert.equal(readFileSync(join(made, 'www/pages/index.html'), 'utf8'), 'mine');
	assert.equal((await goop2('id', made)).stdout.trim(), peer.id);
	assert.ok(!existsSync(join(made, 'site')));
});

test('names come back byte by byte, in whatever normal form', async (t) => {
	const peer = await Peer.init(t, { label: 'Names' });
	const forms = ['NFC', 'NFD'].flatMap((form) => ['z\u00fcrich', '\ud55c\uae00',
		'Vi\u1ec7t', 'a\u030a\u0323'].map((name) => `${name.normalize(form)}.${form}`));
	const site = join(peer.directory, 'site');
	for (const name of forms) {
		mkdirSync(join(site, name));
		writeFileSync(join(site, name, 'e\u0301\u00e9.txt'), name);
	}
	const zip = join(temporaryDirectory(t), 'names.zip');
	assert.equal((await peer.goop2('export', zip)).code, 0);
	const made = join(temporaryDirectory(t), 'made');
	const done = await goop2('import', made, zip);
	assert.equal(done.code, 0, done.stderr);
	for (const name of forms)
		assert.equal(readFileSync(join(made, 'site', name, 'e\u0301\u00e9.txt'),
			'utf8'), name);
});

test('files that change while they are read are told', async (t) => {
	if (mountMissing)
		return t.skip(mountMissing);
	const peer = await stillPeer(t, { files: { 'busy.log': 'x' } });
	const busy = join(peer.directory, 'site/busy.log');
	// A file that has other bytes whenever it is opened.
	execFileSync('mount', ['--bind', '/proc/sys/kernel/random/uuid', busy]);
	const unmount = () => execFileSync('umount', ['-q', busy]);
	cleanup(t, () => { try { unmount(); } catch { /* it was done */ } });
	const directory = temporaryDirectory(t), file = join(directory, 'x.zip');
	const { code, stderr } = await peer.goop2('export', file);
	assert.equal(code, 8, stderr);
	assert.match(stderr, /site\/busy\.log changed while it was read, 3 times/);
	assert.deepEqual(readdirSync(directory), []);
	unmount();
	assert.equal((await peer.goop2('export', file)).code, 0);
});

test('an export that is killed or interrupted leaves no FILE', async (t) => {
	const peer = await stillPeer(t);
	writeFileSync(join(peer.directory, 'site/large'), randomBytes(64 << 20));
	const directory = temporaryDirectory(t), file = join(directory, 'x.zip');
	const aside = `${file}.partial`;
	const begun = () => sizeOf(aside) > 1 << 20;
	const args = ['export', peer.directory, file];
	const undo = () => unlinkSync(file);
	await strike(t, 'SIGKILL', args, { inTheMiddle: begun, undo });
	assert.deepEqual(readdirSync(directory), [basename(aside)]);
	assert.equal(mode(aside), '600');

	writeFileSync(aside, 'what was left');
	assert.deepEqual(await strike(t, 'SIGINT', args, { inTheMiddle: begun, undo,
		meanwhile: async () => {
			const other = await peer.goop2('export', file);
			assert.equal(other.code, 8);
			assert.match(other.stderr, /another export is writing/);
		} }), [1, null]);
	assert.deepEqual(readdirSync(directory), []);

	assert.equal((await peer.goop2('export', file)).code, 0);
	assert.deepEqual(readdirSync(directory), [basename(file)]);
});

test('an export to a full disk leaves nothing', async (t) => {
	if (mountMissing)
		return t.skip(mountMissing);
	const disk = smallDisk(t, 1024);
	const peer = await stillPeer(t);
	writeFileSync(join(peer.directory, 'site/large'), randomBytes(2 << 20));
	const full = await peer.goop2('export', join(disk, 'x.zip'));
	assert.equal(full.code, 1);
	assert.match(full.stderr, /x\.zip: No space left on device/);
	assert.deepEqual(readdirSync(disk), []);
	sqlite(peer.directory, 'INSERT INTO guestbook(b) VALUES(randomblob(2000000))');
	const database = await peer.goop2('export', join(disk, 'x.zip'));
	assert.equal(database.code, 1);
	assert.match(database.stderr, /cannot copy data\.db .*full/);
	assert.deepEqual(readdirSync(disk), []);
});

// --- import

test('import takes new and empty directories, and replaces stopped peers', async (t) => {
	const peer = await stillPeer(t, { files: { 'mark.txt': 'first' } });
	const zip = await exported(t, peer), parent = dirname(zip);
	for (const name of ['new', 'empty']) {
		if (name === 'empty')
			mkdirSync(join(parent, name));
		const done = await goop2('import', `${join(parent, name)}/`, zip);
		assert.equal(done.code, 0, done.stderr);
		assert.match(done.stdout, new RegExp(`^Created .*/${name}: `));
	}
	const foreign = join(parent, 'foreign');
	mkdirSync(foreign);
	writeFileSync(join(foreign, 'thesis.txt'), '');
	assert.match((await goop2('import', foreign, zip, '--replace')).stderr,
		/contains other files and is not a peer/);
	assert.deepEqual(readdirSync(foreign), ['thesis.txt']);

	const again = await peer.goop2('import', zip);
	assert.equal(again.code, 1);
	assert.match(again.stderr, /is already a peer: .* --replace/);
	writeFileSync(join(peer.directory, 'site/mark.txt'), 'second');
	await peer.start();
	const busy = await peer.goop2('import', zip, '--replace');
	assert.equal(busy.code, 8);
	assert.match(busy.stderr, /is running on .* stop it first/);
	await peer.stop();
	const replaced = await peer.goop2('import', zip, '--replace');
	assert.equal(replaced.code, 0, replaced.stderr);
	const mark = (directory) => readFileSync(join(directory, 'site/mark.txt'), 'utf8');
	assert.equal(mark(peer.directory), 'first');
	assert.equal(mark(`${peer.directory}.before-import`), 'second');
	const third = await peer.goop2('import', zip, '--replace');
	assert.match(third.stderr, /before-import exists/);
	await peer.start(); // it runs
	assert.deepEqual(readdirSync(dirname(peer.directory)).sort(),
		[basename(peer.directory), `${basename(peer.directory)}.before-import`]);
});

test('an import without a key says what becomes of it', async (t) => {
	const peer = await stillPeer(t);
	const zip = await exported(t, peer, '--without-key');
	const made = join(dirname(zip), 'made');
	assert.match((await goop2('import', made, zip)).stdout, /^It has no key: /m);
	assert.equal((await goop2('id', made)).code, 4);
	assert.equal((await goop2('init', made)).code, 0);
	assert.notEqual((await goop2('id', made)).stdout.trim(), peer.id);
});

test('no zip that somebody made by hand gets past import', async (t) => {
	const peer = await stillPeer(t);
	const good = entriesOf(readFileSync(await exported(t, peer)));
	delete good['manifest.json'];
	const over = { peer_id: peer.id };
	const files = (more) => ({ ...good, ...more });
	const plain = (more, options) => exportOf(files(more), { over, ...options });
	const lying = (name, change) => {
		const manifest = JSON.parse(manifestOf(good, over));
		Object.assign(manifest.files.find((file) => file.name === name), change);
		return makeZip([{ name: 'manifest.json', data: JSON.stringify(manifest) },
			...Object.entries(good).map(([n, data]) => ({ name: n, data }))]);
	};
	const config = (change) => ({ 'goop.json': JSON.stringify(change) });
	const other = await stillPeer(t);
	const zeros = Buffer.alloc(64 << 20);
	const whole = plain({});
	const broken = Buffer.from(good['data.db']);
	randomBytes(200).copy(broken, 4096);
	const cases = {
		'nothing': [Buffer.alloc(0), /not a zip file/],
		'text': [Buffer.from('hello '.repeat(99)), /not a zip file/],
		'no manifest': [makeZip([{ name: 'goop.json', data: '{}' }]), /no manifest/],
		'a manifest that is none': [makeZip([{ name: 'manifest.json', data: '[' }])],
		'a manifest for ever': [makeZip([{ name: 'manifest.json',
			data: Buffer.alloc(80 << 20, ' ') }]), /too large/],
		'of the original': [makeZip([{ name: 'manifest.json', data: JSON.stringify({
			version: 1, label: 'Bob', tables: {} }) },
			{ name: 'schema.sql', data: 'DROP TABLE x' }]), /original Goop2/],
		'of a newer version': [exportOf(good, { over: { ...over, version: 2 } }),
			/newer version/],
		'a way out': [plain({ 'site/../../x': 'x' }), /site\/\.\.\/\.\.\/x is not a file of a peer/],
		'a way out unlisted': [plain({}, { extra: [{ name: '../x', data: 'x' }] }),
			/contains \.\.\/x, which its manifest does not list/],
		'an absolute name': [plain({ '/tmp/goop-evil': 'x' }), /goop-evil is not a file of a peer/],
		'an absolute name unlisted': [plain({}, { extra: [
			{ name: '/tmp/goop-evil', data: 'x' }] }), /does not list/],
		'a name of ours': [plain({ 'run/goopd.rpc': 'x' }), /goopd\.rpc is not a file of a peer/],
		'a name with escapes': [plain({ 'site/\u001b[2J': 'x' }), /site\/\?.* is not a file of a peer/],
		'a link': [makeZip([{ name: 'manifest.json',
			data: manifestOf(files({ 'site/l': '/etc' }), over) },
			...Object.entries(good).map(([name, data]) => ({ name, data })),
			{ name: 'site/l', data: '/etc', stored: true, symlink: true }]),
			/not a plain file/],
		'one that is not listed': [plain({}, { extra: [{ name: 'site/more',
			data: 'x' }] }), /site\/more, which its manifest does not list/],
		'one that is missing': [makeZip([{ name: 'manifest.json',
			data: manifestOf(files({ 'site/gone': 'x' }), over) },
			...Object.entries(good).map(([name, data]) => ({ name, data }))]),
			/1 files that its manifest lists are missing/],
		'one twice': [plain({}, { extra: [{ name: 'goop.json',
			data: good['goop.json'] }] }), /goop\.json twice/],
		'a file that is a folder': [plain({ 'site/a': 'x', 'site/a/b': 'y' }),
			/contains .* twice/],
		'another size': [lying('goop.json', { size: 1 }), /not what the manifest says/],
		'another hash': [lying('site/index.html', { sha256: sha256('x') }),
			/site\/index\.html is not what the manifest says/],
		'a bomb that lies': [makeZip([{ name: 'manifest.json',
			data: manifestOf(files({ 'site/z': 'x' }), over) },
			{ name: 'site/z', data: zeros }]), /site\/z is not what/],
		'a bomb that tells': [lying('site/index.html', { size: 3 * 2 ** 30 }),
			/which is too much for its size/],
		'more than there is room': [lying('site/index.html', { size: 2 ** 40 }),
			/too large|too much for its size/],
		'no configuration': [exportOf({ 'site/x': 'x' }, { over }), /must contain/],
		'a wrong configuration': [plain(config({ p2p: { listen_port: -1 } })),
			/listen_port[^]*then start again/],
		'a site elsewhere': [plain(config({ paths: { site_root: '/etc' } })),
			/names \/etc, which is outside/],
		'a key elsewhere': [plain(config({ identity: { key_file: '../k' } })),
			/names \.\.\/k, which is outside/],
		'a damaged key': [plain({ 'data/identity.key': randomBytes(68) }),
			/its key is damaged/],
		"another one's key": [plain({ 'data/identity.key': readFileSync(
			join(other.directory, 'data/identity.key')) }), /its key belongs to/],
		'a damaged database': [plain({ 'data.db': broken }),
			/its data\.db is damaged/],
		'no database': [plain({ 'data.db': randomBytes(8192) }),
			/its data\.db is damaged \(file is not a database\)/],
		...Object.fromEntries([0.1, 0.5, 0.8].map((part) =>
			[`cut off at ${part}`, [whole.subarray(0, whole.length * part)]])),
	};
	const parent = temporaryDirectory(t), file = join(temporaryDirectory(t), 'x.zip');
	for (const [name, [zip, words]] of Object.entries(cases)) {
		writeFileSync(file, zip);
		const done = await run([GOOP2, 'import', join(parent, 'made'), file],
			{ env: { MALLOC_ARENA_MAX: '1' } });
		assert.ok([1, 9, 78].includes(done.code), `${name}: ${done.code}`);
		assert.match(done.stderr, words ?? /./, name);
		assert.deepEqual(readdirSync(parent), [], name);
	}
	assert.ok(!existsSync('/tmp/goop-evil'));
	writeFileSync(file, whole); // what they were made from is good
	const done = await goop2('import', join(parent, 'made'), file);
	assert.equal(done.code, 0, done.stderr);
});

test('no byte of an export can be changed unnoticed', async (t) => {
	const peer = await stillPeer(t);
	const zip = readFileSync(await exported(t, peer));
	const parent = temporaryDirectory(t), file = join(temporaryDirectory(t), 'x.zip');
	const made = join(parent, 'made');
	const contents = (directory) => readdirSync(directory, { recursive: true,
		withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
		const path = join(entry.path, entry.name);
		return [path.slice(directory.length), sha256(readFileSync(path))];
	}).sort();
	writeFileSync(file, zip);
	await goop2('import', made, file);
	const wanted = contents(made);
	execFileSync('rm', ['-r', made]);
	for (let i = 0; i < 60; i++) {
		const changed = Buffer.from(zip);
		changed[Math.floor(zip.length * (i + 0.5) / 60)] ^= 1 << i % 8;
		writeFileSync(file, changed);
		const done = await goop2('import', made, file);
		if (done.code !== 0) {
			assert.deepEqual(readdirSync(parent), []);
			continue;
		}
		// A time, or a place that nobody reads: then it is the same peer.
		assert.deepEqual(contents(made), wanted);
		execFileSync('rm', ['-r', made]);
	}
});

test('an import that is killed leaves what the next one clears', async (t) => {
	const peer = await stillPeer(t);
	writeFileSync(join(peer.directory, 'site/large'), randomBytes(64 << 20));
	const zip = await exported(t, peer);
	const parent = temporaryDirectory(t), made = join(parent, 'made');
	const staging = join(parent, '.made.goop2-import');
	const large = join(staging, 'site/large');
	const begun = () => sizeOf(large) > 1 << 20;
	const args = ['import', made, zip];
	const undo = () => rmSync(made, { recursive: true });
	await strike(t, 'SIGKILL', args, { inTheMiddle: begun, undo });
	assert.deepEqual(readdirSync(parent), [basename(staging)]);

	writeFileSync(large, '');
	writeFileSync(join(staging, 'site/left'), '');
	assert.deepEqual(await strike(t, 'SIGTERM', args, { inTheMiddle: begun, undo,
		meanwhile: async () => {
			assert.ok(!existsSync(join(staging, 'site/left')));
			const other = await goop2('import', made, zip);
			assert.equal(other.code, 8);
			assert.match(other.stderr, /another import is creating/);
		} }), [1, null]);
	assert.deepEqual(readdirSync(parent), []);

	assert.equal((await goop2('import', made, zip)).code, 0);
	assert.deepEqual(readdirSync(parent), ['made']);
});

test('a replacement that is killed at any moment leaves a whole peer', async (t) => {
	const old = await stillPeer(t), fresh = await stillPeer(t);
	const zip = await exported(t, fresh);
	const before = `${old.directory}.before-import`;
	const seen = { old: 0, fresh: 0 };
	for (let i = 0; i < 40; i++) {
		const { child, ended } = start(t, 'import', old.directory, zip, '--replace');
		await delay(i % 20 * 3);
		child.kill('SIGKILL');
		await ended;
		const id = (await old.goop2('id')).stdout.trim();
		const is = id === fresh.id ? 'fresh' : 'old';
		seen[is]++;
		assert.equal(id, is === 'fresh' ? fresh.id : old.id);
		assert.equal(sqlite(old.directory, 'PRAGMA integrity_check'), 'ok');
		if (is === 'fresh') {
			// The old one is not lost: put it back.
			assert.equal((await goop2('id', before)).stdout.trim(), old.id);
			execFileSync('rm', ['-r', old.directory]);
			execFileSync('mv', [before, old.directory]);
		} else if (existsSync(before)) {
			execFileSync('rm', ['-r', before]);
		}
	}
	assert.ok(seen.old > 0, JSON.stringify(seen));
	assert.equal((await old.goop2('import', zip, '--replace')).code, 0);
	assert.deepEqual(readdirSync(dirname(old.directory)).sort(),
		[basename(old.directory), basename(before)]);
});

test('an import onto a full disk leaves nothing', async (t) => {
	if (mountMissing)
		return t.skip(mountMissing);
	const peer = await stillPeer(t);
	writeFileSync(join(peer.directory, 'site/large'), randomBytes(2 << 20));
	const zip = await exported(t, peer);
	const disk = smallDisk(t, 1024);
	const full = await goop2('import', join(disk, 'made'), zip);
	assert.equal(full.code, 1);
	assert.match(full.stderr, /needs \d+ bytes, but there are only \d+ free/);
	assert.deepEqual(readdirSync(disk), []);
	// In the middle: no more files can be made.
	execFileSync('mount', ['-o', 'remount,size=16m,nr_inodes=8', disk]);
	const middle = await goop2('import', join(disk, 'made'), zip);
	assert.equal(middle.code, 1);
	assert.match(middle.stderr, /cannot unpack .*: No space left on device/);
	assert.deepEqual(readdirSync(disk), []);
	execFileSync('mount', ['-o', 'remount,nr_inodes=0', disk]);
	assert.equal((await goop2('import', join(disk, 'made'), zip)).code, 0);
});
