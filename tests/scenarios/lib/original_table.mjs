// The peer table of the original's server (reference, section 4), with what it
// gets wrong: rows are replaced wholesale, a late clean-up deletes who is there.
//
//	const table = new OriginalTable({ broadcast, sendTo, isSilent });
//	broadcast(message); sendTo(peerId, message) -> was it delivered?
//	table.hear(message)  table.lose(peerId)  table.tick()  table.rows()
import { encode } from './original_message.mjs';

const STALE_MS = 30000, PAIR_COOLDOWN_MS = 60000, PAIR_PURGE_MS = 300000;

const sameSet = (a, b) => a.length === b.length &&
	a.every((x) => b.includes(x));

export class OriginalTable {
	peers = new Map();
	pairs = new Map();

	// isSilent: the first generation removed stale peers without a word.
	constructor({ broadcast, sendTo, isSilent = false, hints = true }) {
		Object.assign(this, { sendTo, isSilent, hints });
		this.broadcast = (message) => {
			const size = Buffer.byteLength(encode(message));
			for (const row of this.peers.values())
				row.received += size; // all of them, delivered or not
			broadcast(message);
		};
	}

	has(peerId) {
		return this.peers.has(peerId);
	}

	// A message that passed validation, of POST or WebSocket.
	hear(heard) {
		const { verificationToken, ...message } = heard;
		message.verified = true;
		message.ts ||= Date.now();
		const old = this.peers.get(message.peerId);
		// Only exactly these: " offline" is passed on and changes nothing.
		if (message.type === 'offline')
			this.peers.delete(message.peerId);
		if (message.type === 'online' || message.type === 'update')
			this.peers.set(message.peerId, { message, seen: Date.now(),
				received: old?.received ?? 0, sent: (old?.sent ?? 0) +
					Buffer.byteLength(encode(message)) });
		this.broadcast(message);
		if (this.hints && this.peers.has(message.peerId) &&
			message.addrs?.length && !(old &&
			sameSet(old.message.addrs ?? [], message.addrs)))
			this.#hint(message);
	}

	#hint(message) {
		const now = Date.now();
		for (const [id, { message: other }] of this.peers) {
			const pair = [id, message.peerId].sort().join('|');
			if (id === message.peerId || !other.addrs?.length ||
				now - (this.pairs.get(pair) ?? -Infinity) < PAIR_COOLDOWN_MS)
				continue;
			this.pairs.set(pair, now); // spent, delivered or not
			for (const [dial, target] of [[message, other], [other, message]]) {
				const punch = { type: 'punch', peerId: dial.peerId,
					target: target.peerId, addrs: dial.addrs, ts: now };
				if (!this.sendTo(target.peerId, punch))
					this.broadcast(punch);
			}
		}
	}

	// A WebSocket ended: whichever it was.
	lose(peerId) {
		if (this.peers.delete(peerId))
			this.broadcast({ type: 'offline', peerId, ts: Date.now() });
	}

	// Every five seconds.
	tick() {
		const now = Date.now(), stale = [];
		for (const [peerId, row] of this.peers)
			if (now - row.seen > STALE_MS) {
				this.peers.delete(peerId);
				stale.push(peerId);
			}
		if (!this.isSilent)
			for (const peerId of stale)
				this.broadcast({ type: 'offline', peerId, ts: now });
		for (const [pair, at] of this.pairs)
			if (now - at > PAIR_PURGE_MS)
				this.pairs.delete(pair);
	}

	rows(isConnected) {
		return [...this.peers.values()].map(({ message, seen, sent, received }) => ({
			peer_id: message.peerId, type: message.type,
			content: message.content ?? '', addrs: message.addrs, ts: message.ts,
			last_seen: seen, bytes_sent: sent, bytes_received: received,
			verified: true,
			...(isConnected(message.peerId) && { ws_connected: true })
		})).sort((a, b) => b.last_seen - a.last_seen);
	}
}
