import { createHash } from 'node:crypto';
import type { PackedBlob } from '../repository/blob.js';
import type { BlobIndex } from '../repository/blob-index.js';
import { SEAL_BYTES } from '../repository/cipher.js';
import type { Cipher } from '../repository/cipher.js';
import { idName } from '../repository/id.js';
import { decodeHeader, HEADER_LENGTH_BYTES } from '../repository/pack-header.js';
import { openBlob } from '../repository/repository.js';
import type { Repository } from '../repository/repository.js';

/** What is wrong with a pack, read as a whole, for people; empty if nothing is. `indexed`: its blobs by the index, in any order. */
export function checkPack(name: string, pack: Buffer, indexed: readonly PackedBlob[], { cipher, index }: Pick<Repository, 'cipher' | 'index'>): string[] {
  const wrong: string[] = [];
  if (createHash('sha256').update(pack).digest('hex') !== name) wrong.push('its content does not hash to its name');
  const blobs = readHeader(pack, cipher);
  if (typeof blobs === 'string') return [...wrong, blobs];
  for (const { type, id, offset, length, uncompressedLength } of blobs) {
    const content = openBlob(cipher, pack.subarray(offset, offset + length), uncompressedLength, id);
    if (typeof content === 'string') wrong.push(`the ${type} blob ${idName(id).slice(0, 8)} ${content}`);
  }
  return [...wrong, ...compareIndex(blobs, indexed, index)];
}

/** The blobs that the header lists, or what is wrong with it. */
function readHeader(pack: Buffer, cipher: Cipher): PackedBlob[] | string {
  const length = pack.length < HEADER_LENGTH_BYTES ? 0 : pack.readUInt32LE(pack.length - HEADER_LENGTH_BYTES);
  const start = pack.length - HEADER_LENGTH_BYTES - length;
  if (length < SEAL_BYTES || start < 0) return 'it has no header';
  const header = cipher.open(pack.subarray(start, -HEADER_LENGTH_BYTES));
  const blobs = header && decodeHeader(header);
  if (!blobs) return 'its header is damaged';
  const end = blobs.reduce((sum, blob) => sum + blob.length, 0);
  return end === start ? blobs : `its header lists ${end} bytes of blobs, where there are ${start}`;
}

function compareIndex(blobs: readonly PackedBlob[], indexed: readonly PackedBlob[], index: BlobIndex): string[] {
  const keys = new Set(blobs.map(keyOf));
  const wrong = indexed
    .filter((blob) => !keys.has(keyOf(blob)))
    .map(({ type, id }) => `the index has the ${type} blob ${idName(id).slice(0, 8)} at a place where it is not`);
  // Another index file may have it.
  const unknown = blobs.filter(({ type, id }) => !index.has(type, id)).length;
  return unknown === 0 ? wrong : [...wrong, `${unknown} of its blobs are in no index`];
}

function keyOf({ type, id, offset, length, uncompressedLength }: PackedBlob): string {
  return `${type} ${idName(id)} ${offset} ${length} ${uncompressedLength}`;
}
