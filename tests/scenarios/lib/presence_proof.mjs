// Presence as a peer of ours signs it (docs/rendezvous-1.1.md, Proofs).
//
//	prove(identity, { type: 'online', peerId: identity.id, ts, ... })
//	    the message with its proof; identity is one of goop_words.mjs
import { sign } from 'node:crypto';

// In the order of the table; what is not signed is left out.
const SIGNED = ['type', 'peerId', 'content', 'email', 'avatarHash',
	'videoDisabled', 'activeTemplate', 'addrs', 'publicKey',
	'encryptionSupported', 'goopClientVersion', 'ts'];

export function signedBytes(message) {
	const lines = ['goop-presence:1'];
	for (const key of SIGNED) {
		const value = message[key];
		if (value === undefined || value === false || value === '')
			continue;
		for (const one of [value].flat()) {
			const text = one === true ? '1' : String(one);
			lines.push(`${key} ${Buffer.byteLength(text)} ${text}`);
		}
	}
	return Buffer.from(`${lines.join('\n')}\n`);
}

export const prove = (identity, message) => ({ ...message,
	proof: sign(null, signedBytes(message), identity.privateKey)
		.toString('base64') });
