// A viewer for tests of the SDK: serves goop-viewerd/sdk/ and a site under the
// headers of goop-viewerd, and answers the data API from tables in memory, with
// the rules of docs/sdk.md. It can fail as real ones do.
//
//	const viewer = await MockViewer.start(t, { files: { 'index.html': '...' } });
//	viewer.url(path)            // an address of the site, at an origin of its own
//	viewer.visitor = BOB        // who visits from now on (OWNER: the own site)
//	viewer.tables.get('posts')  // { schema, rows }
//	viewer.faults.push('503')   // for the next call: '503', '502 words', 'lost'
//	                            // (carried out, but the answer is lost), 'dead' (not)
//	viewer.calls                // [{ path, body }, ...]
//	viewer.changed('posts')     // tell those who listen (the own site only)
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanup } from '../../scenarios/lib/cleanup.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const OWNER = '12D3KooWownerownerownerownerownerownerownerowneree';
export const BOB = '12D3KooWBobBobBobBobBobBobBobBobBobBobBobBobBobBobb';
export const CAROL = '12D3KooWCaroCaroCaroCaroCaroCaroCaroCaroCaroCaroccc';

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8', '.json': 'application/json' };

// What goop-viewerd really sends, taken from its source.
function policyOf(name) {
	const source = readFileSync(join(root, 'goop-viewerd/answers/answer_headers.c'), 'utf8');
	const text = source.slice(source.indexOf(`${name}[] =`));
	return [...text.slice(0, text.indexOf(';\n')).matchAll(/"([^"]*)"/g)]
		.map(([, part]) => part).join('');
}
export const SITE_POLICY = policyOf('site_policy');
export const ORIGINAL_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
	"frame-ancestors 'self'";

class Refusal extends Error {
	constructor(status, text) {
		super(text);
		this.status = status;
	}
}

const FUNCTIONS = { length: '((text) => [...String(text)].length)', ifnull: '((a, b) => a ?? b)' };

// A condition of tests: columns, numbers, 'texts', ?, =, <>, <, >, AND, OR,
// length(), ifnull().
function matcher(where, args = []) {
	if (!where)
		return () => true;
	const given = [...args];
	const code = where.replace(/'[^']*'|\?|<>|<=|>=|=|\b[A-Za-z_]\w*\b/g, (word) => {
		if (word === '?')
			return JSON.stringify(given.shift());
		return word.startsWith("'") ? word : FUNCTIONS[word] ??
			{ '=': '===', '<>': '!==', AND: '&&', OR: '||' }[word] ??
			(/^\w/.test(word) ? `row[${JSON.stringify(word)}]` : word);
	});
	return new Function('row', `return ${code}`);
}

function sorted(rows, order) {
	const by = (order ?? '_id').split(',').map((part) => part.trim().split(/\s+/));
	return [...rows].sort((a, b) => {
		for (const [name, way] of by)
			if (a[name] !== b[name])
				return (a[name] < b[name] ? -1 : 1) * (/desc/i.test(way) ? -1 : 1);
		return 0;
	});
}

const FOLDS = { count: (all) => all.length, sum: (all) => all.reduce((a, b) => a + b, 0),
	max: (all) => all.reduce((a, b) => a > b ? a : b, null) };

function fold(rows, expr) {
	return Object.fromEntries(expr.split(',').map((part) => {
		const [, name, column, as] = /(\w+)\((\*|\w+)\)\s*(?:AS\s+(\w+))?/i.exec(part) ?? [];
		if (!name)
			return [part.trim(), rows[0]?.[part.trim()] ?? null];
		return [as ?? part.trim(), FOLDS[name.toLowerCase()](rows.map((row) => row[column]))];
	}));
}

function groups(rows, column) {
	const all = new Map();
	for (const row of rows)
		all.set(row[column], [...all.get(row[column]) ?? [], row]);
	return all.values();
}

export class MockViewer {
	tables = new Map();
	visitor = OWNER;
	labels = { [OWNER]: 'Olivia', [BOB]: 'Bob', [CAROL]: 'Carol' };
	faults = [];
	calls = [];
	starting = 0; // answers in which the viewer does not know its id yet
	policy = SITE_POLICY;
	knowsRequestIds = true;
	hasEvents = true;
	#answers = new Map(); // of request ids
	#listeners = new Set();

	static async start(t, { files = {} } = {}) {
		const viewer = new MockViewer();
		viewer.files = files;
		viewer.server = createServer((request, answer) => viewer.#serve(request, answer));
		viewer.server.listen(0, '127.0.0.1');
		await once(viewer.server, 'listening');
		cleanup(t, () => {
			viewer.server.closeAllConnections();
			viewer.server.close();
		});
		return viewer;
	}

	url(path = 'index.html') {
		return `http://kowner.localhost:${this.server.address().port}/p/${OWNER}/${path}`;
	}

	makeTable(schema, rows = []) {
		const table = { schema, rows: [], next: 1 };
		this.tables.set(schema.name, table);
		for (const { _owner = OWNER, ...row } of rows)
			this.#add(table, row, _owner);
		return table;
	}

	get listeners() {
		return this.#listeners.size;
	}

	changed(table) {
		for (const answer of this.#listeners)
			answer.write(`event: changed\ndata: ${JSON.stringify({ table })}\n\n`);
	}

	// Break what is open, as when the viewer restarts.
	hangUp() {
		for (const answer of this.#listeners)
			answer.destroy();
	}

	async #serve(request, answer) {
		const { pathname } = new URL(request.url, 'http://localhost');
		const send = (status, type, body, headers = {}) => {
			// Over a used connection Chromium repeats what was not answered by itself.
			answer.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store',
				'X-Content-Type-Options': 'nosniff', Connection: 'close', ...headers });
			answer.end(body);
		};
		const words = (status, text, headers) =>
			send(status, 'text/plain; charset=utf-8', `${text}\n`, headers);
		if (pathname === '/api/self') {
			const id = this.starting-- > 0 ? '' : this.visitor;
			return send(200, 'application/json', JSON.stringify({ id,
				label: this.labels[this.visitor] }));
		}
		if (pathname === '/favicon.ico') // asked for when the browser likes
			return send(204, 'image/svg+xml', '');
		if (pathname.startsWith(`/api/p/${OWNER}/data/`))
			return this.#api(pathname.slice(`/api/p/${OWNER}/data/`.length), request, answer, send, words);
		const file = this.#file(pathname);
		if (file === undefined)
			return words(404, 'not found');
		return send(200, TYPES[extname(pathname)] ?? 'text/plain', file,
			{ 'Content-Security-Policy': this.policy });
	}

	#file(pathname) {
		if (/^\/sdk\/[\w.-]+$/.test(pathname))
			try {
				return readFileSync(join(root, 'goop-viewerd', pathname));
			} catch {
				return undefined;
			}
		const name = pathname.startsWith(`/p/${OWNER}/`) && pathname.slice(`/p/${OWNER}/`.length);
		return name && this.files[name];
	}

	async #api(suffix, request, answer, send, words) {
		if (suffix === 'events') {
			if (!this.hasEvents || this.visitor !== OWNER)
				return words(404, 'no such call');
			answer.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
			answer.write('event: snapshot\ndata: {}\n\n');
			this.#listeners.add(answer);
			answer.on('close', () => this.#listeners.delete(answer));
			return undefined;
		}
		let text = '';
		for await (const chunk of request)
			text += chunk;
		if (request.method === 'POST' && request.headers['content-type'] !== 'application/json')
			return words(415, 'the body has to be application/json');
		const body = text === '' ? {} : JSON.parse(text);
		this.calls.push({ path: suffix, body, method: request.method });
		const fault = this.faults.shift();
		if (fault === '503')
			return words(503, 'a part of Goop² is restarting', { 'Retry-After': '0' });
		if (fault === 'dead')
			return answer.destroy();
		if (/^502/.test(fault))
			return words(502, fault.slice(4));
		try {
			const result = this.#once(suffix, body);
			if (fault === 'lost')
				return answer.destroy();
			return send(200, 'application/json', JSON.stringify(result));
		} catch (error) {
			if (fault === 'lost')
				return answer.destroy();
			return words(error.status ?? 500, error.message);
		}
	}

	#once(suffix, body) {
		const id = this.knowsRequestIds && body.request_id;
		if (id && this.#answers.has(id))
			return this.#answers.get(id);
		const result = this.#carryOut(suffix, body);
		if (id)
			this.#answers.set(id, result);
		return result;
	}

	// --- the operations

	#table({ table, name = table }) {
		const found = this.tables.get(name);
		if (!found)
			throw new Refusal(404, `no such table: ${name}`);
		return found;
	}

	get #isOwner() {
		return this.visitor === OWNER;
	}

	// Which rows the visitor reaches by this right.
	#scope({ schema, rows }, right) {
		const level = schema.access?.[right] ?? (right === 'read' ? 'open' : 'owner');
		if (this.#isOwner || level === 'open')
			return rows;
		if (level === 'local')
			throw new Refusal(403, `${right} not allowed: table is local-only`);
		return rows.filter(({ _owner }) => _owner === this.visitor);
	}

	#add(table, row, owner) {
		const now = new Date().toISOString().slice(0, 19).replace('T', ' ');
		for (const { name, required } of table.schema.columns)
			if (required && (row[name] ?? '') === '')
				throw new Refusal(400, `${name} is required`);
		const columns = Object.fromEntries(table.schema.columns.map(({ name }) =>
			[name, row[name] ?? null]));
		table.rows.push({ _id: table.next, _owner: owner, _owner_email: '', _created_at: now,
			_updated_at: now, ...columns });
		return table.next++;
	}

	#insert(body) {
		const table = this.#table(body);
		const level = table.schema.access?.insert ?? 'owner';
		if (!this.#isOwner && level !== 'open')
			throw new Refusal(403,
				'insert not allowed: this table only accepts data from the site owner');
		const unknown = Object.keys(body.data).find((name) => !name.startsWith('_') &&
			!table.schema.columns.some((column) => column.name === name));
		if (unknown)
			throw new Refusal(400, `invalid column name: ${unknown}`);
		return { status: 'inserted', id: this.#add(table, body.data, this.visitor) };
	}

	#change(body, right, which, work) {
		const table = this.#table(body);
		const rows = this.#scope(table, right).filter(which);
		rows.forEach((row) => work(row, table));
		return rows.length;
	}

	#shape(work) {
		if (!this.#isOwner)
			throw new Refusal(403, 'schema operations not allowed for remote peers');
		return work();
	}

	#carryOut(suffix, body) {
		const read = () => this.#scope(this.#table(body), 'read').filter(matcher(body.where, body.args));
		const picked = () => {
			const from = body.limit > 0 ? body.offset ?? 0 : 0;
			const rows = sorted(read(), body.order)
				.slice(from, body.limit > 0 ? from + body.limit : undefined);
			return !body.columns?.length ? rows : rows.map((row) =>
				Object.fromEntries(body.columns.map((name) => [name, row[name]])));
		};
		const write = (row) => Object.assign(row, Object.fromEntries(Object.entries(body.data)
			.filter(([name]) => !name.startsWith('_'))));
		const drop = (row, table) => table.rows.splice(table.rows.indexOf(row), 1);
		const byId = ({ _id }) => _id === body.id;
		const found = (count, status) => {
			if (count === 0)
				throw new Refusal(404, 'row not found or not owned by caller');
			return { status };
		};
		const needsWhere = (work) => {
			if (!body.where)
				throw new Refusal(400, 'where is required');
			return { affected: work() };
		};
		const operations = {
			'find': picked, 'query': picked,
			'find-one': () => picked()[0] ?? null,
			'get-by': () => read().find((row) => row[body.column] === body.value) ?? null,
			'exists': () => ({ exists: read().length > 0 }),
			'count': () => ({ count: read().length }),
			'pluck': () => picked().map((row) => row[body.column]),
			'distinct': () => [...new Set(read().map((row) => row[body.column]))].sort(),
			'aggregate': () => body.group_by ? [...groups(read(), body.group_by)]
				.map((rows) => fold(rows, body.expr)) : [fold(read(), body.expr)],
			'insert': () => this.#insert(body),
			'update': () => found(this.#change(body, 'update', byId, write), 'updated'),
			'delete': () => found(this.#change(body, 'delete', byId, drop), 'deleted'),
			'update-where': () => needsWhere(() =>
				this.#change(body, 'update', matcher(body.where, body.args), write)),
			'delete-where': () => needsWhere(() =>
				this.#change(body, 'delete', matcher(body.where, body.args), drop)),
			'upsert': () => {
				const key = (row) => row[body.key_col] === body.data[body.key_col];
				const old = this.#scope(this.#table(body), 'update').find(key);
				return { status: 'ok', id: old ? write(old)._id : this.#insert(body).id };
			},
			'tables': () => [...this.tables.values()].map(({ schema, mode = 'orm' }) => ({
				name: schema.name, insert_policy: 'owner', created_at: '2026-01-01 00:00:00',
				...(this.knowsRequestIds ? { mode } : {}) })),
			'orm-schema': () => Object.fromEntries([...this.tables].map(([name, { schema }]) =>
				[name, schema])),
			'tables/describe': () => {
				const { schema, mode } = this.#table(body);
				return mode === 'classic' ? { mode, columns: schema.columns } : { mode: 'orm', schema };
			},
			'role': () => this.#isOwner ? { role: 'owner', permissions:
				{ read: true, insert: true, update: true, delete: true } } :
				{ role: '', permissions: null },
			'tables/create': () => this.#shape(() => {
				const schema = body.schema ?? { name: body.name, columns: body.columns };
				const isTyped = !!body.schema || body.columns.some(({ key, required, auto }) =>
					key || required || auto);
				this.makeTable({ ...schema, name: body.name }).mode = isTyped ? 'orm' : 'classic';
				return { status: 'created', table: body.name, mode: isTyped ? 'orm' : 'classic' };
			}),
			'tables/delete': () => this.#shape(() => {
				this.#table(body);
				this.tables.delete(body.table);
				return { status: 'deleted', table: body.table };
			}),
			'tables/add-column': () => this.#shape(() => {
				this.#table(body).schema.columns.push(body.column);
				return { status: 'added' };
			}),
			'lua/call': () => ({ function: body.function, params: body.params }),
			'lua/list': () => ({ functions: [{ name: 'blog', description: 'a blog' }] }),
		};
		if (!Object.hasOwn(operations, suffix))
			throw new Refusal(404, 'no such call');
		return operations[suffix]();
	}
}
