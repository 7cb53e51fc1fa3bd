import { degree, remainder } from './polynomial.js';
import { leb, moduleOf, Op, Type, unsigned } from './wasm-code.js';

/** What the module exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly scan: (from: number, to: number) => number;
}

/** The compiler's own declaration comes with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
};

/** The fingerprint is that of so many bytes, the last ones. */
export const WINDOW_BYTES = 64;
/** A boundary is where so many of the fingerprint's low bits are 0. */
export const BOUNDARY_BITS = 20;

/** Lanes that are looked at side by side: the steps of one wait for each other, those of several do not. */
const LANES = 4;
const LANE_BYTES = 8 * 1024;
const BLOCK_BYTES = LANES * LANE_BYTES;

/** In the module's memory: what a byte that leaves the window takes with it, what reduces a digest, then the content. */
const OUT_AT = 0;
const MOD_AT = 256 * 8;
const CONTENT_AT = 2 * 256 * 8;
const PAGE_BYTES = 64 * 1024;

/**
 * Looks for boundaries in content by its Rabin fingerprint; in WebAssembly,
 * for JavaScript has no fast integers of 64 bits.
 *
 * The code is written here, instruction by instruction, and not compiled from
 * another language: it is one loop, and nothing has to be built for it.
 */
export class RabinScan {
  /** Where the content lies that is scanned. */
  readonly content: Buffer;
  readonly #scan: (from: number, to: number) => number;

  /** For content of at most `bytes` at a time. */
  constructor(polynomial: bigint, bytes: number) {
    const pages = Math.ceil((CONTENT_AT + bytes + BLOCK_BYTES) / PAGE_BYTES);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(scanModule(degree(polynomial), pages)));
    const { buffer } = exports.memory;
    fillTables(new BigUint64Array(buffer, 0, CONTENT_AT / 8), polynomial);
    this.content = Buffer.from(buffer, CONTENT_AT, bytes);
    this.#scan = exports.scan;
  }

  /**
   * The first place behind byte `from` (64 or more), and at most at `to`, where
   * a boundary is: the number of bytes of content before it. 0: there is none.
   */
  find(from: number, to: number): number {
    const at = this.#scan(CONTENT_AT + from, CONTENT_AT + to);
    return at === 0 ? 0 : at - CONTENT_AT;
  }
}

function fillTables(tables: BigUint64Array, polynomial: bigint): void {
  const top = BigInt(degree(polynomial));
  // What a byte does is the sum of what its bits do.
  for (let bit = 0; bit < 8; bit++) {
    const value = 1n << BigInt(bit);
    const out = remainder(value << BigInt(8 * (WINDOW_BYTES - 1)), polynomial);
    const mod = remainder(value << top, polynomial) | (value << top);
    for (let byte = 1 << bit; byte < 256; byte++) {
      if ((byte & (1 << bit)) === 0) continue;
      tables[OUT_AT / 8 + byte] ^= out;
      tables[MOD_AT / 8 + byte] ^= mod;
    }
  }
}

/**
 * scan(from, to): blocks of `LANES` lanes while a whole one is left, then one
 * lane. A lane starts with the fingerprint of the window before it. The first
 * boundary of the first lane that has one counts.
 */
function scanModule(polynomialDegree: number, pages: number): Uint8Array<ArrayBuffer> {
  const from = 0;
  const to = 1;
  /** First byte of the first lane's window: the byte to be taken next stands behind that. */
  const at = 2;
  const end = 3;
  /** Where a lane has its boundary; 0: nowhere so far. */
  const cutOf = (lane: number): number => 4 + lane;
  const digestOf = (lane: number): number => 4 + LANES + lane;

  const get = (local: number): number[] => [Op.LOCAL_GET, local];
  const set = (local: number): number[] => [Op.LOCAL_SET, local];
  const i32 = (value: number): number[] => [Op.I32_CONST, ...leb(value)];
  const i64 = (value: number): number[] => [Op.I64_CONST, ...leb(value)];
  const plus = (local: number, value: number): number[] => [...get(local), ...i32(value), Op.I32_ADD];
  const load = (op: number, offset: number): number[] => [op, 0, ...unsigned(offset)];
  const lanes = (count: number, code: (lane: number) => number[]): number[] => Array.from({ length: count }, (_, lane) => code(lane)).flat();

  /** The byte `offset` behind `at` leaves the window. */
  const remove = (digest: number, offset: number): number[] => [
    ...get(at), ...load(Op.I32_LOAD8_U, offset), ...i32(3), Op.I32_SHL, ...load(Op.I64_LOAD, OUT_AT),
    ...get(digest), Op.I64_XOR, ...set(digest),
  ];
  /** The byte `offset` behind `at` comes into the window: digest = digest * x^8 + byte, reduced. */
  const append = (digest: number, offset: number): number[] => [
    ...get(digest), ...i64(8), Op.I64_SHL, ...get(at), ...load(Op.I64_LOAD8_U, offset), Op.I64_XOR,
    ...get(digest), ...i64(polynomialDegree - 8), Op.I64_SHR_U, Op.I32_WRAP_I64, ...i32(3), Op.I32_SHL, ...load(Op.I64_LOAD, MOD_AT), Op.I64_XOR,
    ...set(digest),
  ];
  /** Counts `at` on, and repeats the loop while it is below `limit`. */
  const next = (limit: number): number[] => [...plus(at, 1), Op.LOCAL_TEE, at, ...get(limit), Op.I32_LT_U, Op.BR_IF, 0];

  /** Fingerprints of the windows before the lanes. */
  const start = (count: number): number[] => [
    ...lanes(count, (lane) => [...i64(0), ...set(digestOf(lane)), ...i32(0), ...set(cutOf(lane))]),
    ...plus(from, -WINDOW_BYTES), ...set(at),
    Op.LOOP, Type.NONE, ...lanes(count, (lane) => append(digestOf(lane), lane * LANE_BYTES)), ...next(from), Op.END,
    ...plus(from, -WINDOW_BYTES), ...set(at),
  ];
  /** The byte was lane 0's boundary: that is the answer. Others note their first one. */
  const found = (lane: number): number[] => {
    const cut = plus(at, lane * LANE_BYTES + WINDOW_BYTES + 1);
    return lane === 0 ? [...cut, Op.RETURN] : [...get(cutOf(lane)), Op.BR_IF, 0, ...cut, ...set(cutOf(lane))];
  };
  const run = (count: number): number[] => [
    Op.LOOP, Type.NONE,
    ...lanes(count, (lane) => remove(digestOf(lane), lane * LANE_BYTES)),
    ...lanes(count, (lane) => append(digestOf(lane), lane * LANE_BYTES + WINDOW_BYTES)),
    ...lanes(count, (lane) => [
      Op.BLOCK, Type.NONE, ...get(digestOf(lane)), ...i64(2 ** BOUNDARY_BITS - 1), Op.I64_AND, ...i64(0), Op.I64_NE, Op.BR_IF, 0,
      ...found(lane), Op.END,
    ]),
    ...next(end), Op.END,
  ];

  const body = [
    Op.BLOCK, Type.NONE, Op.LOOP, Type.NONE,
    ...get(to), ...get(from), Op.I32_SUB, ...i32(BLOCK_BYTES), Op.I32_LT_U, Op.BR_IF, 1,
    ...plus(from, LANE_BYTES - WINDOW_BYTES), ...set(end), ...start(LANES), ...run(LANES),
    ...lanes(LANES, (lane) => [Op.BLOCK, Type.NONE, ...get(cutOf(lane)), Op.I32_EQZ, Op.BR_IF, 0, ...get(cutOf(lane)), Op.RETURN, Op.END]),
    ...plus(from, BLOCK_BYTES), ...set(from), Op.BR, 0, Op.END, Op.END,
    Op.BLOCK, Type.NONE, ...get(from), ...get(to), Op.I32_GE_U, Op.BR_IF, 0,
    ...plus(to, -WINDOW_BYTES), ...set(end), ...start(1), ...run(1), Op.END, ...i32(0),
  ];
  const locals = [Type.I32, Type.I32, ...Array<number>(LANES).fill(Type.I32), ...Array<number>(LANES).fill(Type.I64)];
  return moduleOf({ name: 'scan', parameters: [Type.I32, Type.I32], result: Type.I32, locals, body, pages });
}
