// A stranger at a relay: says on /libp2p/circuit/relay/0.2.0/hop what nobody
// should, on connections that are otherwise in order. Runs inside a host of
// netns.mjs as a program:
//
//	const told = await relayStranger(t, host, { address, port, manner, target });
//	told                       // { 'status 200': how often, ... }
//
// target is the peer that circuits are asked to. A stream that was reset counts
// as "reset", one that ended without an answer as "".
import { randomBytes } from 'node:crypto';
import { main, Program } from './program.mjs';
import { YamuxWire } from './yamux_wire.mjs';

const HOP = '/libp2p/circuit/relay/0.2.0/hop';
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const AT_ONCE = 16;

function base58(text) {
	let number = 0n;
	for (const letter of text)
		number = number * 58n + BigInt(ALPHABET.indexOf(letter));
	const hex = number.toString(16);
	const zeros = /^1*/.exec(text)[0].length;
	return Buffer.concat([Buffer.alloc(zeros),
		Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')]);
}

// Protobuf by hand: type (1), peer (2) with its id (1).
const message = (body) => Buffer.concat([Buffer.from([body.length]), body]);
const field = (number, bytes) => Buffer.concat([
	Buffer.from([number << 3 | 2, bytes.length]), bytes]);
const reserve = message(Buffer.from([0x08, 0]));
const connect = (id) => message(Buffer.concat([Buffer.from([0x08, 1]),
	field(2, field(1, id))]));

// The status (5) in a message of the relay.
function statusOf(bytes) {
	let at = 0;
	const varint = () => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			value |= (bytes[at] & 0x7f) << shift;
			if (!(bytes[at++] & 0x80))
				return value;
		}
	};
	if (!bytes.length)
		return '';
	varint();
	while (at < bytes.length) {
		const key = varint(), value = varint();
		if (key === 5 << 3)
			return `status ${value}`;
		at += key & 2 ? value : 0;
	}
	return bytes.toString('hex');
}

async function say(wire, bytes, { finish = true } = {}) {
	const stream = wire.open(HOP);
	await stream.say(bytes);
	if (finish)
		stream.finish();
	const { bytes: answer, reset } = await stream.over;
	return reset && !answer.length ? 'reset' : statusOf(answer);
}

// Many, so many at a time.
async function many(count, act) {
	const answers = [];
	let next = 0;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		while (next < count)
			answers.push(await act(next++));
	}));
	return answers;
}

// A new peer for each, who leaves at once.
const strangers = (dial, count, bytes) => many(count, async () => {
	const wire = await dial();
	const answer = await say(wire, bytes);
	wire.close();
	await wire.ended;
	return answer;
});

const manners = {
	'reservations under new ids': (dial) => strangers(dial, 100, reserve),
	'circuits of strangers': (dial, target) =>
		strangers(dial, 20, connect(target)),
	'a thousand reservations': async (dial) => {
		const wire = await dial();
		return many(1000, () => say(wire, reserve));
	},
	'circuits to nobody': async (dial) => {
		const wire = await dial();
		await say(wire, reserve);
		return many(200, () => say(wire, connect(Buffer.concat([
			Buffer.from('002408011220', 'hex'), randomBytes(32)]))));
	},
	'garbage': async (dial) => {
		const wire = await dial();
		return many(50, () => say(wire, message(Buffer.concat([
			Buffer.from([0xff]), randomBytes(80)]))));
	},
	'an endless message': async (dial) => {
		const wire = await dial();
		return [await say(wire, Buffer.alloc(65536, 0xff))];
	},
	'another type': async (dial) => {
		const wire = await dial();
		return [await say(wire, message(Buffer.from([0x08, 2])))];
	},
	// More than one peer may have of streams.
	'streams without a word': async (dial) => {
		const wire = await dial();
		const streams = Array.from({ length: 200 }, () => wire.open(HOP));
		const answers = await Promise.all(streams.map(async (stream) =>
			(await stream.over).reset ? 'reset' : 'ended'));
		return answers;
	}
};
export const RELAY_MANNERS = Object.keys(manners);

main(import.meta.url, async ({ address, port, manner, target }, tell) => {
	const dial = () => YamuxWire.dial(address, port);
	const told = {};
	for (const answer of await manners[manner](dial, base58(target)))
		told[answer] = (told[answer] ?? 0) + 1;
	tell({ told });
	process.exit(0);
});

export async function relayStranger(t, host, options) {
	const program = new Program(t, host, import.meta.url, options);
	const { told } = await program.event((e) => e.told, 0,
		{ patience: 120000, what: options.manner });
	return told;
}
