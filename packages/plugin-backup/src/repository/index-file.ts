import { z } from 'zod';
import type { PackEntry } from './blob.js';
import { idName } from './id.js';

/** What an index file says. */
export interface IndexFile {
  readonly packs: readonly PackEntry[];
  /** Names of index files that this one stands for. */
  readonly supersedes: readonly string[];
}

const idText = z.string().regex(/^[0-9a-f]{64}$/);
const uint32 = z.number().int().min(0).max(0xffff_ffff);

/** An id in JSON. */
const packedId = idText.transform((name): Uint8Array => Buffer.from(name, 'hex'));

const indexFile = z.object({
  supersedes: z.array(idText).nullish(),
  packs: z.array(
    z.object({
      id: packedId,
      blobs: z.array(
        z.object({ id: packedId, type: z.enum(['data', 'tree']), offset: uint32, length: uint32, uncompressed_length: uint32.default(0) }),
      ),
    }),
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
  if (!data) return undefined;
  const packs = data.packs.map(({ id, blobs }) => ({
    id,
    blobs: blobs.map(({ uncompressed_length, ...blob }) => ({ ...blob, uncompressedLength: uncompressed_length })),
  }));
  return { packs, supersedes: data.supersedes ?? [] };
}
