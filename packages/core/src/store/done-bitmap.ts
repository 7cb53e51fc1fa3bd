/** Bytes of a chunk: a row that holds one just fits a database page of 4,096 bytes, and a commit rewrites one page for it. */
export const CHUNK_BYTES = 4000;
/** Files whose done bits one chunk holds. */
export const FILES_PER_CHUNK = CHUNK_BYTES * 8;

/**
 * A set of file numbers, one bit a file, in chunks of 4,000 bytes.
 *
 * Chunks without a set bit take no memory. Remembers which chunks changed, so
 * that only those are written back.
 */
export class DoneBitmap {
  readonly #chunks: (Uint8Array | undefined)[] = [];
  readonly #dirty = new Set<number>();
  #count = 0;

  /** Number of set bits. */
  get count(): number {
    return this.#count;
  }

  has(no: number): boolean {
    const chunk = chunkOf(no);
    const bit = no - chunk * FILES_PER_CHUNK;
    const bits = this.#chunks[chunk];
    return bits !== undefined && (bits[bit >>> 3] & (1 << (bit & 7))) !== 0;
  }

  /** Sets the bit of `no`; false if it was set. */
  set(no: number): boolean {
    const chunk = chunkOf(no);
    const bit = no - chunk * FILES_PER_CHUNK;
    const bits = (this.#chunks[chunk] ??= new Uint8Array(CHUNK_BYTES));
    const mask = 1 << (bit & 7);
    if ((bits[bit >>> 3] & mask) !== 0) return false;
    bits[bit >>> 3] |= mask;
    this.#count++;
    this.#dirty.add(chunk);
    return true;
  }

  /** Clears the bit of `no`; false if it was clear. */
  clear(no: number): boolean {
    if (!this.has(no)) return false;
    const chunk = chunkOf(no);
    const bit = no - chunk * FILES_PER_CHUNK;
    this.#chunks[chunk]![bit >>> 3] &= ~(1 << (bit & 7));
    this.#count--;
    this.#dirty.add(chunk);
    return true;
  }

  /** Takes over the stored bits of a chunk; a chunk put is not dirty. `bits` belongs to the bitmap from then on. */
  put(chunk: number, bits: Uint8Array): void {
    this.#count += countBits(bits) - countBits(this.#chunks[chunk]);
    this.#chunks[chunk] = bits;
    this.#dirty.delete(chunk);
  }

  /** Chunks that changed since they were put or last taken, as number and bits. */
  takeDirty(): [number, Uint8Array][] {
    const taken = [...this.#dirty].map((chunk): [number, Uint8Array] => [chunk, this.#chunks[chunk]!]);
    this.#dirty.clear();
    return taken;
  }
}

/** Chunk that holds the done bit of file `no`. */
export function chunkOf(no: number): number {
  return (no / FILES_PER_CHUNK) >>> 0;
}

const BITS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

function countBits(bits: Uint8Array | undefined): number {
  let count = 0;
  if (bits !== undefined) for (let i = 0; i < bits.length; i++) count += BITS_OF_BYTE[bits[i]];
  return count;
}
