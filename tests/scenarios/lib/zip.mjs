// Zip files made by hand, also such as no program makes.
//
//	makeZip([{ name, data, stored, raw, symlink }])   // a Buffer
//	entriesOf(buffer)          // { name: Buffer } of what goop2 export wrote
//	manifestOf({ name: data }, { peerId, ...over })   // manifest.json
//	exportOf(files, { peerId, over, extra })          // the whole zip
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const table = Array.from({ length: 256 }, (_, n) => {
	for (let i = 0; i < 8; i++)
		n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
	return n >>> 0;
});
function crc32(data) {
	let crc = 0xffffffff;
	for (const byte of data)
		crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
	return (crc ^ 0xffffffff) >>> 0;
}

// What libarchive reads a file's kind from without the list at the end.
function kindField(mode) {
	const field = Buffer.alloc(11);
	field.writeUInt16LE(0x6c78, 0);
	field.writeUInt16LE(7, 2);
	field[4] = 5; // version made by, external attributes
	field.writeUInt16LE(0x0314, 5);
	field.writeUInt32LE((mode << 16) >>> 0, 7);
	return field;
}

function record(signature, fields) {
	const bytes = Buffer.alloc(4 + fields.reduce((n, [size]) => n + size, 0));
	bytes.writeUInt32LE(signature, 0);
	let at = 4;
	for (const [size, value] of fields) {
		bytes.writeUIntLE(value, at, size);
		at += size;
	}
	return bytes;
}

export function makeZip(entries) {
	const parts = [], list = [];
	let at = 0;
	for (const { name, data = '', stored = false, symlink = false } of entries) {
		const plain = Buffer.from(data), path = Buffer.from(name);
		const packed = stored ? plain : deflateRawSync(plain);
		const mode = symlink ? 0o120777 : 0o100644;
		const extra = kindField(mode);
		const common = [[2, 20], [2, 0x0800], [2, stored ? 0 : 8], [2, 0],
			[2, 0x5a21], [4, crc32(plain)], [4, packed.length],
			[4, plain.length], [2, path.length]];
		const head = record(0x04034b50, [...common, [2, extra.length]]);
		parts.push(head, path, extra, packed);
		list.push(record(0x02014b50, [[2, 0x0314], ...common, [2, 0], [2, 0],
			[2, 0], [2, 0], [4, (mode << 16) >>> 0], [4, at]]), path);
		at += head.length + path.length + extra.length + packed.length;
	}
	const size = list.reduce((n, part) => n + part.length, 0);
	return Buffer.concat([...parts, ...list, record(0x06054b50, [[2, 0], [2, 0],
		[2, entries.length], [2, entries.length], [4, size], [4, at],
		[2, 0]])]);
}

// By the list at its end.
export function entriesOf(zip) {
	const files = {};
	const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
	let at = zip.readUInt32LE(end + 16);
	for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
		const [name, extra, comment] = [28, 30, 32].map((offset) =>
			zip.readUInt16LE(at + offset));
		const path = zip.subarray(at + 46, at + 46 + name).toString();
		const head = zip.readUInt32LE(at + 42);
		const begin = head + 30 + zip.readUInt16LE(head + 26) +
			zip.readUInt16LE(head + 28);
		const packed = zip.subarray(begin, begin + zip.readUInt32LE(at + 20));
		files[path] = zip.readUInt16LE(at + 10) === 0 ? packed :
			inflateRawSync(packed);
		at += 46 + name + extra + comment;
	}
	return files;
}

export const sha256 = (data) =>
	createHash('sha256').update(data).digest('hex');

export function manifestOf(files, over = {}) {
	return JSON.stringify({ format: 'goop2-peer', version: 1,
		files: Object.entries(files).map(([name, data]) => ({ name,
			size: Buffer.byteLength(data), sha256: sha256(data) })),
		...over });
}

// over: members of the manifest; extra: more entries, behind.
export function exportOf(files, { over, extra = [] } = {}) {
	return makeZip([{ name: 'manifest.json', data: manifestOf(files, over) },
		...Object.entries(files).map(([name, data]) => ({ name, data })),
		...extra]);
}
