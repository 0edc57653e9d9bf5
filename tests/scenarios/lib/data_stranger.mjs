// A stranger who says on /goop/data/1.0.0 what nobody should, on a connection
// that is otherwise in order. Runs inside a host of netns.mjs as a program:
//
//	const told = await dataStranger(t, host, { address, port, manner });
//	told                       // { 'the answer, its data cut': how often, ... }
//
// A stream that was reset counts as "reset", one without answer as "".
import { randomBytes } from 'node:crypto';
import { slowWhere } from './data_bus.mjs';
import { main, Program } from './program.mjs';
import { YamuxWire } from './yamux_wire.mjs';

const PROTOCOL = '/goop/data/1.0.0';
const MIB = 1024 * 1024, SHOWN_MAX = 200, AT_ONCE = 32;
const json = (request) => `${JSON.stringify(request)}\n`;

// One stream: what is said, whether it finishes; what came back.
async function say(wire, bytes, { finish = true } = {}) {
	const stream = wire.open(PROTOCOL);
	await stream.say(Buffer.from(bytes));
	if (finish)
		stream.finish();
	const { bytes: answer, reset } = await stream.over;
	return answer.length || !reset ? answer.toString().trim() : 'reset';
}

// Many, so many at a time.
async function sayMany(wire, count, make, options) {
	const answers = [];
	let next = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (next < count)
			answers.push(await say(wire, make(next++), options));
	}));
	return answers;
}

async function slowly(wire, text) {
	const stream = wire.open(PROTOCOL);
	const timer = setInterval(() => stream.say(Buffer.from(text)), 500);
	const { bytes, reset } = await stream.over;
	clearInterval(timer);
	return reset ? 'reset' : bytes.toString();
}

// Deaf: streams whose answers nobody takes.
async function deaf(wire, count, request) {
	const streams = Array.from({ length: count }, () => {
		const stream = wire.open(PROTOCOL, Buffer.from(json(request)));
		stream.hear = () => {}; // and so no window
		return stream;
	});
	await new Promise((wake) => setTimeout(wake, 3000));
	return streams.map(() => 'deaf');
}

const deep = (depth) => `${'{"where":'.repeat(depth)}1${'}'.repeat(depth)}\n`;

const manners = {
	garbage: (wire) => sayMany(wire, 500, () =>
		Buffer.concat([randomBytes(2000), Buffer.from('\n')])),
	truncated: (wire) => sayMany(wire, 500, () => '{"op":"que'),
	nothing: (wire) => sayMany(wire, 100, () => ''),
	sealed: (wire) => sayMany(wire, 100, () => 'ENC:AAAA\n'),
	oversized: (wire) => sayMany(wire, 20, () => Buffer.alloc(MIB + 1, 'a'),
		{ finish: false }),
	silent: (wire) => Promise.all(Array.from({ length: 60 }, () =>
		say(wire, '', { finish: false }))),
	slow: (wire) => Promise.all(Array.from({ length: 60 }, () =>
		slowly(wire, '{'))),
	'large and unended': (wire) => Promise.all(Array.from({ length: 60 }, () =>
		say(wire, Buffer.alloc(MIB - 10, 'a'), { finish: false }))),
	'ten thousand': (wire) => sayMany(wire, 10000, () =>
		json({ op: 'count', table: 'open' })),
	'a thousand at once': (wire) => Promise.all(Array.from({ length: 1000 },
		() => say(wire, json({ op: 'count', table: 'open' })))),
	'left at once': async (wire) => {
		for (let i = 0; i < 2000; i++) {
			const stream = wire.open(PROTOCOL,
				Buffer.from(json({ op: 'count', table: 'open' })));
			stream.reset();
		}
		return [await say(wire, json({ op: 'count', table: 'open' }))];
	},
	'deep JSON': (wire) => sayMany(wire, 50, (i) =>
		deep([17, 100, 10000, 100000][i % 4])),
	'wide JSON': (wire) => sayMany(wire, 50, () => json({ op: 'query',
		table: 'open', args: Array(100000).fill(1) })),
	'tables of others': (wire, tables) => sayMany(wire, tables.length * 4,
		(i) => json({ ...[{ op: 'query' }, { op: 'describe' },
			{ op: 'insert', data: { text: 'x' } },
			{ op: 'delete', id: 1 }][i % 4], table: tables[i >> 2] })),
	'schema changes': (wire) => sayMany(wire, 6, (i) => json({ table: 'open',
		...[{ op: 'create-table', column_defs: [] },
			{ op: 'add-column', column: { name: 'x', type: 'TEXT' } },
			{ op: 'drop-column', column: 'text' },
			{ op: 'rename-table', old_name: 'open', new_name: 'x' },
			{ op: 'delete-table' }, { op: 'set-policy', policy: 'open' }][i] })),
	'answers unread': (wire) => deaf(wire, 60, { op: 'query', table: 'open' }),
	'slow queries': (wire) => sayMany(wire, 8, () => json({ op: 'count',
		table: 'open', where: slowWhere }))
};
export const DATA_MANNERS = Object.keys(manners);

const shown = (answer) => answer.replace(/"data":.*/, '"data":...')
	.slice(0, SHOWN_MAX);

main(import.meta.url, async ({ address, port, manner, tables }, tell) => {
	const wire = await YamuxWire.dial(address, port);
	const told = {};
	for (const answer of await manners[manner](wire, tables))
		told[shown(answer)] = (told[shown(answer)] ?? 0) + 1;
	tell({ told });
	process.exit(0);
});

export async function dataStranger(t, host, options) {
	const program = new Program(t, host, import.meta.url, options);
	const { told } = await program.event((e) => e.told, 0,
		{ patience: 120000, what: options.manner });
	return told;
}
