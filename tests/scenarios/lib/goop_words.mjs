// What strangers need to make up: identities, and signed pubsub messages.
//
//	const who = await Identity.make();
//	who.id                             '12D3KooW...'
//	who.message(topic, data, seqno)    a Message of pubsub, signed
//	rpc({ messages, topics })          an RPC in its frame
import { generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';

const ALPHABET =
	'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

// No leading zeros: the ids of Ed25519 keys have none.
export function base58(bytes) {
	let number = BigInt(`0x${bytes.toString('hex')}`), text = '';
	for (; number > 0n; number /= 58n)
		text = ALPHABET[Number(number % 58n)] + text;
	// Each zero in front is a 1.
	for (let i = 0; i < bytes.length && bytes[i] === 0; i++)
		text = `1${text}`;
	return text;
}

export const peerId = (publicKey) =>
	base58(Buffer.concat([Buffer.from('002408011220', 'hex'), publicKey]));

function varint(value) {
	const bytes = [];
	for (; value > 127; value = Math.floor(value / 128))
		bytes.push(value % 128 | 128);
	return Buffer.from([...bytes, value]);
}

const field = (number, bytes) => Buffer.concat([
	Buffer.from([number << 3 | 2]), varint(bytes.length), bytes]);

// Not the synchronous one: in a loop it hangs now and then (Node 20, when the
// garbage collector comes in between).
const newKeys = promisify(generateKeyPair);

const SIGNED = Buffer.from('libp2p-pubsub:');

export class Identity {
	static async make() {
		const { publicKey, privateKey } = await newKeys('ed25519');
		const key = publicKey.export({ format: 'der', type: 'spki' });
		const bytes = Buffer.concat([Buffer.from('002408011220', 'hex'),
			key.subarray(-32)]);
		return Object.assign(new Identity(),
			{ privateKey, bytes, id: base58(bytes) });
	}

	message(topic, data, seqno) {
		const number = Buffer.alloc(8);
		number.writeBigUInt64BE(BigInt(seqno));
		const said = Buffer.concat([field(1, this.bytes),
			field(2, Buffer.from(data)), field(3, number),
			field(4, Buffer.from(topic))]);
		return Buffer.concat([said, field(5, sign(null,
			Buffer.concat([SIGNED, said]), this.privateKey))]);
	}
}

export function rpc({ messages = [], topics = [] }) {
	const body = Buffer.concat([
		...topics.map((name) => field(1, Buffer.concat([
			Buffer.from([0x08, 1]), field(2, Buffer.from(name))]))),
		...messages.map((message) => field(2, message))]);
	return Buffer.concat([varint(body.length), body]);
}
