/** The typed arrays that tables keep their columns in. */
export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array | BigInt64Array | BigUint64Array;

/**
 * A longer copy of the column, new elements being `fill` (default 0). The old
 * one is let go of at once: it must not be used any more.
 */
export function longer<T extends Column>(column: T, length: number, fill?: number): T {
  const grown = new (column.constructor as new (length: number) => T)(length);
  if (fill !== undefined) (grown as Int32Array).fill(fill, column.length);
  grown.set(column as never);
  letGo(column);
  return grown;
}

/**
 * Frees the memory of a column that is not used any more.
 *
 * A large array lives in the old generation, and its memory until the next
 * full collection: tables that double would hold twice what they need. Moved
 * to a new object, it goes with the next minor one.
 */
export function letGo(column: Column): void {
  const buffer = column.buffer as ArrayBuffer;
  if (buffer.byteLength >= LARGE_BYTES) structuredClone(buffer, { transfer: [buffer] });
}

const LARGE_BYTES = 65536;
