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

type ColumnKind = (new (buffer: ArrayBuffer, offset: number, length: number) => Column) & { readonly BYTES_PER_ELEMENT: number };

/** Columns by name: the kind of array that each is, and how many elements a row has. */
export type Layout = Readonly<Record<string, readonly [kind: ColumnKind, perRow: number]>>;

/** The arrays of a layout, by name. */
export type Columns<L extends Layout> = { -readonly [name in keyof L]: ArrayOf<L[name][0]> };

type ArrayOf<K extends ColumnKind> = Extract<Column, { readonly [Symbol.toStringTag]: InstanceType<K>[typeof Symbol.toStringTag] }>;

/**
 * Columns of `length` rows in one block of memory, with what stands in `old`,
 * which is let go of at once; the rest is 0. Where a column holds nothing but
 * zeroes for a page of memory or more, it takes none, however often it grew:
 * what few rows have costs nothing where no row has it, if 0 stands for
 * nothing, and is not written where it stands already.
 *
 * One block, because it is larger than any that was freed before: the C library
 * maps such a block by itself, and gives it back to the system as a whole.
 * Columns one by one would leave holes in its heap, as large as themselves.
 */
export function columnBlock<L extends Layout>(layout: L, length: number, old?: Columns<L>): Columns<L> {
  // Wide ones first, so that each stands at a multiple of its width.
  const wideFirst = Object.entries(layout).sort(([, [a]], [, [b]]) => b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT);
  const rowBytes = wideFirst.reduce((sum, [, [kind, perRow]]) => sum + kind.BYTES_PER_ELEMENT * perRow, 0);
  const block = new ArrayBuffer(rowBytes * length);
  const columns: Record<string, Column> = {};
  let offset = 0;
  for (const [name, [kind, perRow]] of wideFirst) {
    const column = new kind(block, offset, length * perRow);
    if (old !== undefined) copyUnlessZero(old[name as keyof L], column);
    columns[name] = column;
    offset += column.byteLength;
  }
  if (old !== undefined) letGo(old[wideFirst[0][0] as keyof L]);
  return columns as unknown as Columns<L>;
}

/** Bytes that are written, or left alone, together: a page of memory. */
const PAGE_BYTES = 4096;
const ZEROES = new Uint8Array(PAGE_BYTES);

/** Copies a column into a longer one that is all 0, without touching what stays so. */
function copyUnlessZero(from: Column, to: Column): void {
  const source = new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
  const target = new Uint8Array(to.buffer, to.byteOffset, to.byteLength);
  for (let at = 0; at < source.length; at += PAGE_BYTES) {
    const bytes = source.subarray(at, at + PAGE_BYTES);
    if (Buffer.compare(bytes, bytes.length === PAGE_BYTES ? ZEROES : ZEROES.subarray(0, bytes.length)) !== 0) target.set(bytes, at);
  }
}

/**
 * Frees the memory of a column that is not used any more, at once.
 *
 * A large array lives in the old generation, and its memory until the next
 * full collection: tables that double would hold twice what they need. What is
 * moved to nobody is free as soon as it is sent.
 */
export function letGo(column: Column): void {
  const buffer = column.buffer as ArrayBuffer;
  if (buffer.byteLength >= LARGE_BYTES) nowhere.postMessage(undefined, [buffer]);
}

const LARGE_BYTES = 65536;

/** A closed port takes what it is sent, and delivers it to nobody. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();
