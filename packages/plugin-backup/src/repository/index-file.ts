import { z } from 'zod';
import type { PackedBlob, PackEntry } from './blob.js';
import { idName } from './id.js';

/** What an index file says. */
export interface IndexFile {
  readonly packs: readonly PackEntry[];
  /** Names of index files that this one stands for. */
  readonly supersedes: readonly string[];
}

const ID = /^[0-9a-f]{64}$/;
const idText = z.string().regex(ID);

/** Blobs by hand, the list too: there are many, and a schema takes four times as long. */
const blobList = z.unknown().transform((items, ctx) => {
  const blobs: PackedBlob[] = [];
  if (!Array.isArray(items)) ctx.addIssue('no list of blobs');
  else for (const item of items as readonly unknown[]) {
    const blob = decodeBlob(item);
    if (blob === undefined) ctx.addIssue('no blob');
    else blobs.push(blob);
  }
  return blobs;
});

const indexFile = z.object({
  supersedes: z.array(idText).nullish(),
  packs: z.array(
    z.object({ id: idText.transform((name): Uint8Array => Buffer.from(name, 'hex')), blobs: blobList }),
  ),
});

/** The JSON of an index file of these packs. */
export function encodeIndex(packs: readonly PackEntry[]): object {
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

/** What the JSON of an index file says; undefined if it is none. */
export function decodeIndex(json: unknown): IndexFile | undefined {
  const { data } = indexFile.safeParse(json);
  return data && { packs: data.packs, supersedes: data.supersedes ?? [] };
}

function decodeBlob(json: unknown): PackedBlob | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { id, type, offset, length, uncompressed_length: uncompressedLength = 0 } = json as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || !ID.test(id) || !(type === 'data' || type === 'tree')) return undefined;
  if (!isUint32(offset) || !isUint32(length) || !isUint32(uncompressedLength)) return undefined;
  return { id: Buffer.from(id, 'hex'), type, offset, length, uncompressedLength };
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}
