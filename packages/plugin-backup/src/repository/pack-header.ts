import type { BlobType, PackedBlob } from './blob.js';
import { ID_BYTES } from './id.js';

const COMPRESSED = 2;
const PLAIN_ENTRY_BYTES = 1 + 4 + ID_BYTES;
const COMPRESSED_ENTRY_BYTES = PLAIN_ENTRY_BYTES + 4;

/** Behind the sealed header stands its length. */
export const HEADER_LENGTH_BYTES = 4;

/** The header of a pack, not sealed: what its blobs are, in their order. */
export function encodeHeader(blobs: readonly PackedBlob[]): Buffer {
  const header = Buffer.alloc(blobs.reduce((sum, blob) => sum + entryBytes(blob.uncompressedLength > 0), 0));
  let at = 0;
  for (const { type, id, length, uncompressedLength } of blobs) {
    const isCompressed = uncompressedLength > 0;
    at = header.writeUInt8((type === 'tree' ? 1 : 0) | (isCompressed ? COMPRESSED : 0), at);
    at = header.writeUInt32LE(length, at);
    if (isCompressed) at = header.writeUInt32LE(uncompressedLength, at);
    header.set(id, at);
    at += ID_BYTES;
  }
  return header;
}

/** The blobs that an opened header lists; undefined if it is none. */
export function decodeHeader(header: Buffer): PackedBlob[] | undefined {
  const blobs: PackedBlob[] = [];
  let offset = 0;
  for (let at = 0; at < header.length; ) {
    const kind = header[at];
    const isCompressed = (kind & COMPRESSED) !== 0;
    const bytes = entryBytes(isCompressed);
    if (kind > 3 || at + bytes > header.length) return undefined;
    const type: BlobType = (kind & 1) === 0 ? 'data' : 'tree';
    const length = header.readUInt32LE(at + 1);
    const uncompressedLength = isCompressed ? header.readUInt32LE(at + 5) : 0;
    blobs.push({ type, id: header.subarray(at + bytes - ID_BYTES, at + bytes), offset, length, uncompressedLength });
    offset += length;
    at += bytes;
  }
  return blobs;
}

function entryBytes(isCompressed: boolean): number {
  return isCompressed ? COMPRESSED_ENTRY_BYTES : PLAIN_ENTRY_BYTES;
}
