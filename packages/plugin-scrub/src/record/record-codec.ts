import { DuetError, fromBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import { DIGEST_BYTES } from './record.js';
import type { OpenProblem, ScrubRecord } from './record.js';

/*
 * Layout, little endian:
 *   0 version · 1 flags · 2 size f64 · 10 mtimeNs i64 · 18 ctimeNs i64 · 26 verifiedAtMs f64 · 34 ino f64
 *   42 [whole: 32 bytes] [problem: atMs f64, offset f64 (NaN: none), then
 *      a mismatch: 64 bytes of digests; a read failure: length u8 and errno name] path to the end
 */
const VERSION = 1;
const Flag = { WHOLE: 1, IMPORTED: 2, UNSETTLED: 4, MISMATCH: 8, READ_FAILURE: 16 } as const;
const ALL_FLAGS = 31;
const FIXED_BYTES = 42;
const MISMATCH_BYTES = 16 + 2 * DIGEST_BYTES;

/** The bytes of a record. */
export function encodeRecord(record: ScrubRecord): Buffer {
  const { whole, problem, path } = record;
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + (whole ? DIGEST_BYTES : 0) + problemBytes(problem) + path.length);
  bytes[0] = VERSION;
  bytes[1] = flagsOf(record);
  bytes.writeDoubleLE(record.size, 2);
  bytes.writeBigInt64LE(record.mtimeNs, 10);
  bytes.writeBigInt64LE(record.ctimeNs, 18);
  bytes.writeDoubleLE(record.verifiedAtMs, 26);
  bytes.writeDoubleLE(record.ino, 34);
  let at = FIXED_BYTES;
  if (whole) {
    bytes.set(whole, at);
    at += DIGEST_BYTES;
  }
  if (problem) at = writeProblem(bytes, at, problem);
  bytes.write(path, at, 'latin1');
  return bytes;
}

/**
 * The record in `bytes`.
 *
 * @throws {DuetError} `DUET_ERR_STATE_CORRUPT` if it is none, or of a later version.
 */
export function decodeRecord(bytes: Uint8Array): ScrubRecord {
  const buffer = asBuffer(bytes);
  const pathAt = pathOffset(buffer);
  const flags = buffer[1];
  let at = FIXED_BYTES;
  let whole: Uint8Array | undefined;
  if (flags & Flag.WHOLE) {
    whole = Buffer.from(buffer.subarray(at, at + DIGEST_BYTES));
    at += DIGEST_BYTES;
  }
  const problem = readProblem(buffer, at, flags);
  return {
    path: fromBytes(buffer.subarray(pathAt)),
    ino: buffer.readDoubleLE(34),
    size: buffer.readDoubleLE(2),
    mtimeNs: buffer.readBigInt64LE(10),
    ctimeNs: buffer.readBigInt64LE(18),
    verifiedAtMs: buffer.readDoubleLE(26),
    imported: (flags & Flag.IMPORTED) !== 0,
    unsettled: (flags & Flag.UNSETTLED) !== 0,
    whole,
    problem,
  };
}

/** The path of the record in `bytes`, without reading the rest. @throws {DuetError} as `decodeRecord`. */
export function pathOfRecord(bytes: Uint8Array): BytePath {
  const buffer = asBuffer(bytes);
  return fromBytes(buffer.subarray(pathOffset(buffer)));
}

function flagsOf({ whole, imported, unsettled, problem }: ScrubRecord): number {
  let flags = whole ? Flag.WHOLE : 0;
  if (imported) flags |= Flag.IMPORTED;
  if (unsettled) flags |= Flag.UNSETTLED;
  if (problem) flags |= problem.kind === 'mismatch' ? Flag.MISMATCH : Flag.READ_FAILURE;
  return flags;
}

function problemBytes(problem: OpenProblem | undefined): number {
  if (!problem) return 0;
  return problem.kind === 'mismatch' ? MISMATCH_BYTES : 17 + problem.errno.length;
}

function writeProblem(bytes: Buffer, start: number, problem: OpenProblem): number {
  bytes.writeDoubleLE(problem.atMs, start);
  bytes.writeDoubleLE(problem.offset ?? Number.NaN, start + 8);
  if (problem.kind === 'mismatch') {
    bytes.set(problem.recorded, start + 16);
    bytes.set(problem.read, start + 16 + DIGEST_BYTES);
  } else {
    bytes[start + 16] = problem.errno.length;
    bytes.write(problem.errno, start + 17, 'latin1');
  }
  return start + problemBytes(problem);
}

function readProblem(bytes: Buffer, at: number, flags: number): OpenProblem | undefined {
  if ((flags & (Flag.MISMATCH | Flag.READ_FAILURE)) === 0) return undefined;
  const atMs = bytes.readDoubleLE(at);
  const where = bytes.readDoubleLE(at + 8);
  const offset = Number.isNaN(where) ? undefined : where;
  if (flags & Flag.MISMATCH) {
    const digests = Buffer.from(bytes.subarray(at + 16, at + MISMATCH_BYTES));
    return { kind: 'mismatch', atMs, offset, recorded: digests.subarray(0, DIGEST_BYTES), read: digests.subarray(DIGEST_BYTES) };
  }
  return { kind: 'read', atMs, offset, errno: bytes.toString('latin1', at + 17, at + 17 + bytes[at + 16]) };
}

/** Where the path begins; checks all that stands before it. */
function pathOffset(bytes: Buffer): number {
  if (bytes.length < FIXED_BYTES || bytes[0] !== VERSION) throw corrupt(`version ${bytes[0] ?? 'none'}, ${bytes.length} bytes`);
  const flags = bytes[1];
  const problems = flags & (Flag.MISMATCH | Flag.READ_FAILURE);
  if (flags & ~ALL_FLAGS || problems === (Flag.MISMATCH | Flag.READ_FAILURE)) throw corrupt(`flags ${flags}`);
  let at = FIXED_BYTES + (flags & Flag.WHOLE ? DIGEST_BYTES : 0);
  if (flags & Flag.MISMATCH) at += MISMATCH_BYTES;
  if (flags & Flag.READ_FAILURE) at += at + 16 < bytes.length ? 17 + bytes[at + 16] : bytes.length;
  if (at > bytes.length) throw corrupt('it is cut off');
  return at;
}

function corrupt(why: string): DuetError {
  return new DuetError('DUET_ERR_STATE_CORRUPT', {
    operation: 'read a scrub record',
    message: `the state database holds a scrub record that is not one: ${why}`,
    hint: 'a newer version of Duet may have written it; else begin anew with another --state folder',
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
