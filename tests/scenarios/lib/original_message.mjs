// A presence message as the original reads and writes it (reference, 0.3): what
// its decoder takes, what its encoder makes of it, what its validation refuses.
//
//	decode(text, fields)    { type, peerId, ... }; throws on what is bad json
//	encode(message)         the bytes that it sends
//	refusal(message)        undefined, or the reason
const STRING = '', BOOL = false, STRINGS = [], INT = 0;

// In the order of the original's struct; what is always there has no "?".
export const FIELDS = {
	type: STRING, peerId: STRING, content: STRING, email: STRING,
	avatarHash: STRING, videoDisabled: BOOL, activeTemplate: STRING,
	target: STRING, addrs: STRINGS, verificationToken: STRING,
	publicKey: STRING, encryptionSupported: BOOL, goopClientVersion: STRING,
	ts: INT, verified: BOOL
};
const ALWAYS = new Set(['type', 'peerId', 'ts']);
// What the server of early February knew: another key is an error.
export const FIRST_FIELDS = ['type', 'peerId', 'content', 'email', 'avatarHash',
	'ts'];

export const CAPS = { peerId: 256, content: 4096, email: 320, addrs: 20,
	addr: 256 };

// The text of the first JSON value: Go's decoder does not look further.
function firstValue(text) {
	const start = text.search(/[^ \t\r\n]/);
	if (start < 0)
		throw new Error('EOF');
	if (text[start] !== '{')
		return /^[\w.+-]+|^"(?:[^"\\]|\\.)*"|^.*/s.exec(text.slice(start))[0];
	let depth = 0, quoted = false;
	for (let i = start; i < text.length; i++) {
		const c = text[i];
		if (quoted) {
			if (c === '\\')
				i++;
			else
				quoted = c !== '"';
		} else if (c === '"') {
			quoted = true;
		} else if (c === '{' || c === '[') {
			depth++;
		} else if ((c === '}' || c === ']') && --depth === 0) {
			return text.slice(start, i + 1);
		}
	}
	throw new Error('unexpected EOF');
}

function checked(key, value, zero) {
	if (value === null)
		return zero === STRINGS ? [] : zero;
	const isWell = zero === STRINGS ? Array.isArray(value) && value.every((x) =>
		x === null || typeof x === 'string') :
		zero === INT ? Number.isInteger(value) : typeof value === typeof zero;
	if (!isWell)
		throw new Error(`cannot unmarshal into ${key}`);
	return zero === STRINGS ? value.map((x) => x ?? '') : value;
}

// fields: only these keys may be there (strict); else unknown ones are ignored.
export function decode(text, fields) {
	const value = JSON.parse(firstValue(text));
	const message = { type: '', peerId: '', ts: 0 };
	if (value === null)
		return message;
	if (typeof value !== 'object' || Array.isArray(value))
		throw new Error('cannot unmarshal');
	const names = fields ?? Object.keys(FIELDS);
	for (const [given, content] of Object.entries(value)) {
		const key = names.find((name) =>
			name.toLowerCase() === given.toLowerCase());
		if (key)
			message[key] = checked(key, content, FIELDS[key]);
		else if (fields)
			throw new Error(`unknown field "${given}"`);
	}
	return message;
}

const isEmpty = (value) => value === undefined || value === '' ||
	value === false || value === 0 || value?.length === 0;

// Go escapes what HTML and JavaScript could trip over.
export function encode(message) {
	const told = {};
	for (const key of Object.keys(FIELDS))
		if (ALWAYS.has(key) || !isEmpty(message[key]))
			told[key] = message[key] ?? FIELDS[key];
	return JSON.stringify(told).replace(/[<>&\u2028\u2029]/g, (c) =>
		`\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const tooLong = (text, cap) => Buffer.byteLength(text ?? '') > cap;

// Trimmed on a copy only: " online" passes, and stays " online".
export function refusal(message) {
	const type = message.type.trim();
	if (type === '' || message.peerId.trim() === '')
		return 'type and peerId are required';
	if (!['online', 'update', 'offline'].includes(type))
		return `unknown type ${JSON.stringify(type)}`;
	if (tooLong(message.peerId, CAPS.peerId))
		return 'peerId too long';
	if (tooLong(message.content, CAPS.content))
		return 'content too long';
	if (tooLong(message.email, CAPS.email))
		return 'email too long';
	if ((message.addrs?.length ?? 0) > CAPS.addrs)
		return 'too many addrs';
	if (message.addrs?.some((address) => tooLong(address, CAPS.addr)))
		return 'addr too long';
	return undefined;
}
