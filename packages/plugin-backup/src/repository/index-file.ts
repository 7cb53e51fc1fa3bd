import { z } from 'zod';
import type { BlobType, PackedBlob, PackEntry } from './blob.js';
import { idName } from './id.js';

/** A blob as an index file has it. */
export interface IndexedBlob {
  /** In hex. */
  readonly id: string;
  readonly type: BlobType;
  readonly offset: number;
  readonly length: number;
  /** Absent: it is not compressed. */
  readonly uncompressed_length?: number;
}

export interface IndexedPack {
  /** In hex. */
  readonly id: string;
  readonly blobs: readonly IndexedBlob[];
}

/** What an index file says. */
export interface IndexFile {
  readonly packs: readonly IndexedPack[];
  /** Names of index files that this one stands for. */
  readonly supersedes?: readonly string[] | null | undefined;
}

const ID = /^[0-9a-f]{64}$/;
const idText = z.string().regex(ID);

const indexFile = z.object({
  supersedes: z.array(idText).nullish(),
  // Blobs by hand, the list too: there are many, and a schema takes four times as long.
  packs: z.array(z.object({ id: idText, blobs: z.custom<readonly IndexedBlob[]>((items) => Array.isArray(items) && items.every(isBlob)) })),
});

/** What an index file of these packs holds. */
export function indexOf(packs: readonly PackEntry[]): IndexFile {
  return {
    packs: packs.map((pack) => ({
      id: idName(pack.id),
      blobs: pack.blobs.map(({ id, type, offset, length, uncompressedLength }) => ({
        id: idName(id),
        type,
        offset,
        length,
        ...(uncompressedLength > 0 ? { uncompressed_length: uncompressedLength } : {}),
      })),
    })),
  };
}

/** What the JSON of an index file says; undefined if it is none. The lists of blobs are those of the JSON. */
export function decodeIndex(json: unknown): IndexFile | undefined {
  return indexFile.safeParse(json).data;
}

/** A pack of an index file, with ids in bytes. */
export function packEntryOf({ id, blobs }: IndexedPack): PackEntry {
  return { id: Buffer.from(id, 'hex'), blobs: blobs.map(packedBlob) };
}

function packedBlob({ id, type, offset, length, uncompressed_length: uncompressedLength = 0 }: IndexedBlob): PackedBlob {
  return { id: Buffer.from(id, 'hex'), type, offset, length, uncompressedLength };
}

function isBlob(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  const { id, type, offset, length, uncompressed_length: uncompressedLength = 0 } = json as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && ID.test(id) && (type === 'data' || type === 'tree') && isUint32(offset) && isUint32(length) && isUint32(uncompressedLength);
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}
