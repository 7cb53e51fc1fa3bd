import { createHash, hash as hashOnce } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { SEGMENT_BYTES } from '../record/record.js';

/** SHA-256 of a range of a file that comes piece by piece: of all of it, of each segment, or both. */
export class Digests {
  readonly #start: number;
  readonly #end: number;
  readonly #wantWhole: boolean;
  readonly #wantSegments: boolean;
  readonly #segments: Uint8Array[] = [];
  #at: number;
  #whole: Hash | undefined;
  #wholeAtOnce: Uint8Array | undefined;
  #segment: Hash | undefined;

  /** For the bytes from `start`, a multiple of a segment's length, to `end`. */
  constructor(start: number, end: number, wantWhole: boolean, wantSegments: boolean) {
    this.#start = start;
    this.#end = end;
    this.#at = start;
    this.#wantWhole = wantWhole;
    this.#wantSegments = wantSegments;
  }

  /** Takes the next piece, of any length. */
  update(piece: Uint8Array): void {
    if (this.#wantWhole) {
      // A small file nearly always comes as one piece, and hashing that costs half.
      if (piece.length === this.#end - this.#start) this.#wholeAtOnce = digestOf(piece);
      else (this.#whole ??= createHash('sha256')).update(piece);
    }
    if (this.#wantSegments) this.#updateSegments(piece);
  }

  /** Ends it: to be called once. */
  finish(): { readonly whole: Uint8Array | undefined; readonly segments: readonly Uint8Array[] } {
    const empty = this.#wantWhole && this.#start === this.#end;
    return { whole: this.#wholeAtOnce ?? this.#whole?.digest() ?? (empty ? digestOf(new Uint8Array()) : undefined), segments: this.#segments };
  }

  #updateSegments(piece: Uint8Array): void {
    for (let taken = 0; taken < piece.length; ) {
      const part = piece.subarray(taken, taken + SEGMENT_BYTES - (this.#at % SEGMENT_BYTES));
      this.#segment ??= createHash('sha256');
      this.#segment.update(part);
      taken += part.length;
      this.#at += part.length;
      if (this.#at % SEGMENT_BYTES !== 0 && this.#at !== this.#end) continue;
      this.#segments.push(this.#segment.digest());
      this.#segment = undefined;
    }
  }
}

/** SHA-256 of bytes that are all there. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  // Faster than asking for a buffer, by a third for a page (Node 20).
  return Buffer.from(hashOnce('sha256', bytes, 'binary'), 'latin1');
}
