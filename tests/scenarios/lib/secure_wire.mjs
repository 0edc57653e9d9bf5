// As much of Noise XX as a dialer needs, with node:crypto alone, so that a test
// can say anything it likes on a connection that is secured well.
//
//	const wire = await SecureWire.dial(socket);   // a net.Socket, connected
//	wire.send(bytes)                              // sealed, in one record
//
// Options of dial(): forge(payload) changes who we say we are; hear(bytes) gets
// what comes back, which is dropped without it.
import { createCipheriv, createDecipheriv, createHash, createHmac,
	createPublicKey, diffieHellman, generateKeyPairSync, sign }
	from 'node:crypto';

const RECORD_MAX = 65519;
const EMPTY = Buffer.alloc(0);

export const token = (text) => {
	const length = text.length + 1;
	const prefix = length < 128 ? [length] : [length & 0x7f | 0x80, length >> 7];
	return Buffer.concat([Buffer.from(prefix), Buffer.from(`${text}\n`)]);
};
export const hello = token('/multistream/1.0.0');
export const frame = (bytes) => Buffer.concat([
	Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);

const sha256 = (...parts) =>
	createHash('sha256').update(Buffer.concat(parts)).digest();
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const raw = (key) => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');
const agree = (privateKey, bytes) => diffieHellman({ privateKey,
	publicKey: createPublicKey({ format: 'jwk',
		key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') } }) });

// A key and its count of uses.
class Cipher {
	count = 0n;

	constructor(key) {
		this.key = key;
	}

	nonce() {
		const nonce = Buffer.alloc(12);
		nonce.writeBigUInt64LE(this.count++, 4);
		return nonce;
	}

	seal(plain, ad = EMPTY) {
		const c = createCipheriv('chacha20-poly1305', this.key, this.nonce(),
			{ authTagLength: 16 });
		c.setAAD(ad, { plaintextLength: plain.length });
		return Buffer.concat([c.update(plain), c.final(), c.getAuthTag()]);
	}

	open(sealed, ad = EMPTY) {
		const c = createDecipheriv('chacha20-poly1305', this.key, this.nonce(),
			{ authTagLength: 16 });
		c.setAAD(ad, { plaintextLength: sealed.length - 16 });
		c.setAuthTag(sealed.subarray(-16));
		return Buffer.concat([c.update(sealed.subarray(0, -16)), c.final()]);
	}
}

class Handshake {
	chaining = Buffer.from('Noise_XX_25519_ChaChaPoly_SHA256');
	hash = this.chaining; // a name of 32 bytes stands for itself

	mix(bytes) {
		this.hash = sha256(this.hash, bytes);
	}

	expand(secret) {
		const base = hmac(this.chaining, secret);
		const first = hmac(base, Buffer.from([1]));
		return [first, hmac(base, Buffer.concat([first, Buffer.from([2])]))];
	}

	mixKey(secret) {
		const [chaining, key] = this.expand(secret);
		this.chaining = chaining;
		this.cipher = new Cipher(key);
	}

	seal(plain) {
		const sealed = this.cipher.seal(plain, this.hash);
		this.mix(sealed);
		return sealed;
	}

	open(sealed) {
		const plain = this.cipher.open(sealed, this.hash);
		this.mix(sealed);
		return plain;
	}
}

const field = (number, bytes) => Buffer.concat([
	Buffer.from([number << 3 | 2, bytes.length]), bytes]);

// Who we say we are: a new identity each time.
function payload(staticKey) {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const signature = sign(null, Buffer.concat([
		Buffer.from('noise-libp2p-static-key:'), staticKey]), privateKey);
	return Buffer.concat([
		field(1, Buffer.concat([Buffer.from('08011220', 'hex'),
			raw(publicKey)])),
		field(2, signature),
		field(4, field(2, Buffer.from('/yamux/1.0.0')))]);
}

export class SecureWire {
	input = EMPTY;
	waiting = [];

	constructor(socket) {
		this.socket = socket;
		socket.on('data', (data) => {
			if (this.sending && !this.hear)
				return;
			this.input = Buffer.concat([this.input, data]);
			this.#serve();
			this.#listen();
		});
		socket.on('close', () => this.#serve());
	}

	static async dial(socket, { forge = (bytes) => bytes, hear } = {}) {
		const wire = new SecureWire(socket);
		const noise = new Handshake();
		const ephemeral = generateKeyPairSync('x25519');
		const own = generateKeyPairSync('x25519');
		noise.mix(EMPTY);
		noise.mix(raw(ephemeral.publicKey));
		noise.mix(EMPTY);
		socket.write(Buffer.concat([hello, token('/noise'),
			frame(raw(ephemeral.publicKey))]));
		await wire.#take(hello.length + token('/noise').length);
		const answer = await wire.#takeFrame();
		const theirs = answer.subarray(0, 32);
		noise.mix(theirs);
		noise.mixKey(agree(ephemeral.privateKey, theirs));
		const theirStatic = noise.open(answer.subarray(32, 80));
		noise.mixKey(agree(ephemeral.privateKey, theirStatic));
		noise.open(answer.subarray(80));
		const sealedStatic = noise.seal(raw(own.publicKey));
		noise.mixKey(agree(own.privateKey, theirs));
		const last = noise.seal(forge(payload(raw(own.publicKey))));
		socket.write(frame(Buffer.concat([sealedStatic, last])));
		const [sending, receiving] = noise.expand(EMPTY);
		wire.sending = new Cipher(sending);
		wire.receiving = new Cipher(receiving);
		wire.hear = hear;
		wire.#listen();
		return wire;
	}

	send(bytes) {
		for (let at = 0; at < bytes.length; at += RECORD_MAX)
			this.socket.write(frame(this.sending.seal(
				bytes.subarray(at, at + RECORD_MAX))));
	}

	// Open all whole records that are there.
	#listen() {
		while (this.hear && this.input.length >= 2) {
			const end = 2 + this.input.readUInt16BE(0);
			if (this.input.length < end)
				return;
			const record = this.input.subarray(2, end);
			this.input = this.input.subarray(end);
			this.hear(this.receiving.open(record));
		}
	}

	async #takeFrame() {
		const length = (await this.#take(2)).readUInt16BE(0);
		return this.#take(length);
	}

	#take(length) {
		return new Promise((done, fail) => {
			this.waiting.push({ length, done, fail });
			this.#serve();
		});
	}

	#serve() {
		while (this.waiting.length && this.input.length >= this.waiting[0].length) {
			const { length, done } = this.waiting.shift();
			done(this.input.subarray(0, length));
			this.input = this.input.subarray(length);
		}
		if (this.socket.destroyed)
			for (const { fail } of this.waiting.splice(0))
				fail(new Error('the connection ended'));
	}
}
