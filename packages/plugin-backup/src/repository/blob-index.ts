import { columnBlock } from '@duet/core';
import type { BlobType } from './blob.js';
import { SEAL_BYTES } from './cipher.js';
import { IdSet } from './id-set.js';
import type { IndexedBlob, IndexedPack } from './index-file.js';

const LAYOUT = {
  pack: [Uint32Array, 1],
  offset: [Uint32Array, 1],
  length: [Uint32Array, 1],
  uncompressedLength: [Uint32Array, 1],
} as const;

/** Where a blob is. */
export interface BlobPlace {
  /** Id of the pack. */
  readonly pack: Uint8Array;
  readonly offset: number;
  readonly length: number;
  /** 0: it is not compressed. */
  readonly uncompressedLength: number;
}

/**
 * Which blobs there are, and where: about 60 bytes a blob. A blob that is in
 * several packs has the first place that was added. Data and trees are apart:
 * a file whose content is that of a tree blob stays a file.
 */
export class BlobIndex {
  readonly #packs = new IdSet();
  readonly #blobs: Readonly<Record<BlobType, BlobTable>> = { data: new BlobTable(), tree: new BlobTable() };

  add({ id, blobs }: IndexedPack): void {
    const pack = this.#packs.addName(id);
    for (const blob of blobs) this.#blobs[blob.type].add(pack, blob);
  }

  has(type: BlobType, id: Uint8Array): boolean {
    return this.#blobs[type].ids.find(id) >= 0;
  }

  find(type: BlobType, id: Uint8Array): BlobPlace | undefined {
    const place = this.#blobs[type].find(id);
    return place && { ...place, pack: this.#packs.at(place.pack) };
  }

  /** Bytes of a blob's content; undefined if it is not there. */
  contentBytes(type: BlobType, id: Uint8Array): number | undefined {
    const place = this.#blobs[type].find(id);
    return place && contentBytes(place);
  }

  /** Ids of all blobs of a type. */
  *ids(type: BlobType): IterableIterator<Buffer> {
    const { ids } = this.#blobs[type];
    for (let row = 0; row < ids.size; row++) yield ids.at(row);
  }

  /** Number of blobs. */
  get size(): number {
    return this.#blobs.data.ids.size + this.#blobs.tree.ids.size;
  }

  get packs(): number {
    return this.#packs.size;
  }

  hasPack(id: Uint8Array): boolean {
    return this.#packs.find(id) >= 0;
  }
}

/** Bytes of the content of a blob, sealed as `length` says. */
export function contentBytes({ length, uncompressedLength }: Pick<BlobPlace, 'length' | 'uncompressedLength'>): number {
  return uncompressedLength || length - SEAL_BYTES;
}

class BlobTable {
  readonly ids = new IdSet();
  #rows = 64;
  #columns = columnBlock(LAYOUT, this.#rows);

  add(pack: number, { id, offset, length, uncompressed_length: uncompressedLength = 0 }: IndexedBlob): void {
    const row = this.ids.size;
    if (this.ids.addName(id) !== row) return;
    if (row === this.#rows) {
      this.#rows = Math.ceil(row * 1.5);
      this.#columns = columnBlock(LAYOUT, this.#rows, this.#columns);
    }
    const columns = this.#columns;
    columns.pack[row] = pack;
    columns.offset[row] = offset;
    columns.length[row] = length;
    columns.uncompressedLength[row] = uncompressedLength;
  }

  find(id: Uint8Array): (Omit<BlobPlace, 'pack'> & { readonly pack: number }) | undefined {
    const row = this.ids.find(id);
    if (row < 0) return undefined;
    const { pack, offset, length, uncompressedLength } = this.#columns;
    return { pack: pack[row], offset: offset[row], length: length[row], uncompressedLength: uncompressedLength[row] };
  }
}
