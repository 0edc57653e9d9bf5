// The guestbook, and pages written for the original's SDK, between real peers:
// each with a browser of its own.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Network } from '../scenarios/lib/netns.mjs';
import { Peer } from '../scenarios/lib/peer.mjs';
import { browserMissing, complaints, openBrowser, screenshot } from './lib/browser.mjs';
import { enquete, notes } from './lib/original_pages.mjs';

const quick = { presence: { ttl_seconds: 4, heartbeat_seconds: 1 } };
const PATIENCE = { timeout: 30000 };

describe('a guestbook between peers', { skip: browserMissing, timeout: 300000 }, () => {
	const closers = [];
	const t = { name: 'guestbook peers', after: (close) => closers.push(close) };
	const tabs = {};
	let alice, bob, carol, errors;

	before(async () => {
		const lan = Network.create(t);
		[alice, bob, carol] = await Promise.all(['Alice', 'Bob', 'Carol'].map((label) =>
			Peer.init(t, { label, host: lan.host(), config: quick,
				files: label === 'Alice' ? { ...enquete, ...notes } : {} })));
		writeFileSync(join(alice.directory, 'schemas/notes.json'), JSON.stringify({ name: 'notes',
			system_key: true, columns: [{ name: 'text', type: 'text', required: true }],
			access: { read: 'open', insert: 'open', update: 'owner', delete: 'owner' } }));
		await Promise.all([alice.start(), bob.start(), carol.start()]);
		await Promise.all([bob.sees(alice), carol.sees(alice)]);
		for (const [name, peer] of Object.entries({ alice, bob, carol }))
			tabs[name] = await (await openBrowser(t, peer.host)).newPage();
		errors = complaints(tabs.bob);
	});
	after(async () => {
		for (const close of closers.reverse())
			await close();
	});

	const visit = (peer, tab, page = 'guestbook.html') =>
		tab.goto(new URL(`/p/${alice.id}/${page}`, peer.url).href);
	const entry = (tab, text) => tab.locator('.entry', { hasText: text });
	const sign = async (tab, message) => {
		await tab.getByLabel('Message').fill(message);
		await tab.getByRole('button', { name: 'Sign' }).click();
		await entry(tab, message).waitFor(PATIENCE);
	};
	// Goop.data[name](...) in that page: what it gives, or the status it fails with.
	const call = (tab, name, ...words) => tab.evaluate(([fn, given]) => Goop.data[fn](...given)
		.catch(({ status }) => status), [name, words]);

	it('is signed by the first visitor, before the owner ever saw it', async () => {
		await visit(bob, tabs.bob);
		await tabs.bob.getByText('Be the first').waitFor(PATIENCE);
		assert.equal(await tabs.bob.getByLabel('Your name').inputValue(), 'Bob');
		await sign(tabs.bob, 'Bob was here');
		assert.equal(await entry(tabs.bob, 'Bob was here').getByText('you').count(), 1);
		const [row] = await call(tabs.bob, 'find', 'guestbook');
		assert.equal(row._owner, bob.id);
		assert.equal(row.name, 'Bob');
	});

	it('shows the owner at once what others write', async () => {
		await visit(alice, tabs.alice);
		await entry(tabs.alice, 'Bob was here').waitFor(PATIENCE);
		await sign(tabs.bob, 'And again');
		await entry(tabs.alice, 'And again').waitFor(PATIENCE);
		await entry(tabs.bob, 'And again').getByRole('button', { name: 'Edit' }).click();
		await tabs.bob.getByLabel('Your message').fill('And once more');
		await tabs.bob.getByRole('button', { name: 'Save' }).click();
		await entry(tabs.alice, 'And once more').waitFor(PATIENCE);
		await screenshot(tabs.alice, 'guestbook-of-alice');
	});

	it('lets nobody alter what another wrote', async () => {
		await visit(carol, tabs.carol);
		await entry(tabs.carol, 'Bob was here').waitFor(PATIENCE);
		assert.equal(await entry(tabs.carol, 'Bob was here').getByRole('button').count(), 0);
		const { _id } = await call(tabs.carol, 'getBy', 'guestbook', 'message', 'Bob was here');
		assert.equal(await call(tabs.carol, 'update', 'guestbook', _id, { message: 'x' }), 404);
		assert.equal(await call(tabs.carol, 'remove', 'guestbook', _id), 404);
		assert.deepEqual(await call(tabs.carol, 'updateWhere', 'guestbook', { message: 'x' },
			{ where: '1 = 1' }), { affected: 0 });
		assert.deepEqual(await call(tabs.carol, 'deleteWhere', 'guestbook', { where: '1 = 1' }),
			{ affected: 0 });
		assert.equal(await call(tabs.carol, 'dropTable', 'guestbook'), 403);
		const { id } = await call(tabs.carol, 'insert', 'guestbook',
			{ message: 'I am Bob', _owner: bob.id, _id: 77 });
		assert.equal((await call(tabs.carol, 'get', 'guestbook', id))._owner, carol.id);
		assert.equal(await call(tabs.carol, 'insert', 'guestbook', { name: 'no message' }), 400);
		assert.equal((await call(tabs.bob, 'get', 'guestbook', _id)).message, 'Bob was here');
		await call(tabs.carol, 'remove', 'guestbook', id);
	});

	it('answers every call of the SDK, here and at another peer', async () => {
		for (const tab of [tabs.alice, tabs.carol]) {
			assert.equal(await call(tab, 'count', 'guestbook'), 2);
			assert.equal(await call(tab, 'exists', 'guestbook', { where: 'name = ?', args: ['Bob'] }), true);
			assert.deepEqual(await call(tab, 'pluck', 'guestbook', 'message', { order: '_id' }),
				['Bob was here', 'And once more']);
			assert.deepEqual(await call(tab, 'distinct', 'guestbook', 'name'), ['Bob']);
			assert.deepEqual(await call(tab, 'aggregate', 'guestbook', 'name, COUNT(*) AS n',
				{ group_by: 'name' }), [{ name: 'Bob', n: 2 }]);
			assert.equal((await call(tab, 'findOne', 'guestbook', { order: '_id DESC' })).message,
				'And once more');
			assert.equal((await call(tab, 'query', 'guestbook', { limit: 1, offset: 1 })).length, 1);
			assert.equal((await call(tab, 'list', 'guestbook', 1)).length, 1);
			assert.equal((await call(tab, 'describe', 'guestbook')).schema.name, 'guestbook');
			assert.ok((await call(tab, 'tables')).some(({ name }) => name === 'guestbook'));
			assert.ok((await call(tab, 'schemas')).guestbook);
			assert.equal(await call(tab, 'call', 'none'), 400);
			assert.equal(await call(tab, 'functions'), 400);
		}
		assert.equal((await call(tabs.alice, 'role', 'guestbook')).role, 'owner');
		assert.equal((await call(tabs.carol, 'role', 'guestbook')).role, '');
		const { id } = await call(tabs.carol, 'upsert', 'guestbook', 'name', { name: 'C', message: '1' });
		assert.equal((await call(tabs.carol, 'upsert', 'guestbook', 'name',
			{ name: 'C', message: '2' })).id, id);
		assert.deepEqual(await call(tabs.carol, 'updateWhere', 'guestbook', { message: '3' },
			{ where: 'name = ?', args: ['C'] }), { affected: 1 });
		assert.deepEqual(await call(tabs.carol, 'deleteWhere', 'guestbook',
			{ where: 'name = ?', args: ['C'] }), { affected: 1 });
	});

	it('lets the owner make, change and drop tables', async () => {
		const { mode } = await call(tabs.alice, 'createTable', 'scratch', [{ name: 'a', type: 'TEXT' }]);
		assert.equal(mode, 'classic');
		await call(tabs.alice, 'addColumn', 'scratch', { name: 'b', type: 'INTEGER' });
		const { id } = await call(tabs.alice, 'insert', 'scratch', { a: 'x', b: 7 });
		assert.equal((await call(tabs.alice, 'get', 'scratch', id)).b, 7);
		assert.equal((await call(tabs.alice, 'dropTable', 'scratch')).status, 'deleted');
		assert.equal(await call(tabs.alice, 'find', 'scratch'), 404);
	});

	const killed = [['the owner\'s goopd', () => alice, 'goopd'],
		['the visitor\'s goopd', () => bob, 'goopd'],
		['the visitor\'s viewer', () => bob, 'goop-viewerd']];
	for (const [what, whose, name] of killed)
		it(`takes an entry exactly once when ${what} is killed`, async () => {
			for (let round = 1; round <= 3; round++) {
				const message = `Round ${round} with ${what}`;
				const { pid } = await whose().daemon(name);
				const signed = sign(tabs.bob, message);
				process.kill(pid, 'SIGKILL');
				await signed.catch(async (error) => assert.fail(`${error.message}: ` +
					await tabs.bob.locator('#problem').textContent()));
				await whose().until(`${name} again`, async () => {
					const { pid: now, state } = await whose().daemon(name);
					return now !== pid && state === 'ready';
				});
				assert.equal(await call(tabs.alice, 'count', 'guestbook',
					{ where: 'message = ?', args: [message] }), 1);
			}
		});

	it('lets the owner delete any, which visitors see', async () => {
		await entry(tabs.alice, 'Bob was here').getByRole('button', { name: 'Delete' }).click();
		await tabs.alice.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
		await entry(tabs.alice, 'Bob was here').waitFor({ state: 'detached', ...PATIENCE });
		await entry(tabs.bob, 'Bob was here').waitFor({ state: 'detached', ...PATIENCE });
	});

	it('runs pages that were written for the original', async () => {
		const button = (tab, name) => tab.getByRole('button', { name, exact: true });
		await visit(bob, tabs.bob, 'notes.html');
		await tabs.bob.getByPlaceholder('Add a note').fill('A note');
		await button(tabs.bob, 'Add').click();
		await tabs.bob.locator('.note', { hasText: 'A note' }).waitFor(PATIENCE);
		await button(tabs.bob, 'shout').click();
		await tabs.bob.locator('.note', { hasText: 'A note!!!' }).waitFor(PATIENCE);
		await button(tabs.bob, 'delete').click();
		await button(tabs.bob, 'OK').click();
		await tabs.bob.getByText('No notes yet.').waitFor(PATIENCE);

		await visit(alice, tabs.alice, 'enquete.html'); // makes the table
		await button(tabs.alice, 'Submit').waitFor(PATIENCE);
		await visit(bob, tabs.bob, 'enquete.html');
		await tabs.bob.getByLabel('What brings you here?').fill('curiosity');
		await button(tabs.bob, 'Submit').click();
		await tabs.bob.getByText('Thank you').waitFor(PATIENCE);
		await visit(bob, tabs.bob, 'enquete.html');
		await tabs.bob.getByLabel('What brings you here?').waitFor(PATIENCE);
		assert.equal(await tabs.bob.getByLabel('What brings you here?').inputValue(), 'curiosity');
		await visit(carol, tabs.carol, 'enquete.html');
		await tabs.carol.getByLabel('What brings you here?').waitFor(PATIENCE);
		assert.equal(await tabs.carol.getByLabel('What brings you here?').inputValue(), '');
		assert.deepEqual(await call(tabs.carol, 'find', 'responses'), []);
		await visit(alice, tabs.alice, 'enquete.html');
		await tabs.alice.getByRole('cell', { name: 'curiosity' }).waitFor(PATIENCE);
	});

	it('leaves no complaint behind but those of the restarts', () => {
		const others = errors.filter((text) => !/status of 50\d|ERR_|404/.test(text));
		assert.deepEqual(others, []);
	});
});
