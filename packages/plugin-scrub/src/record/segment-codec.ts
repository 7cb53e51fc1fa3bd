import { DuetError } from '@duet/core';
import { DIGEST_BYTES } from './record.js';
import type { SegmentRecord } from './record.js';

/** Segments in one value of the state: 512 MiB of a file, so that a unit rewrites at most 2.4 KiB. */
export const SEGMENTS_IN_RUN = 64;

/** Neighbouring segments of a file; what was not recorded is undefined. */
export type SegmentRun = readonly (SegmentRecord | undefined)[];

/* One byte of version, then for each segment: state u8, verified seconds u32, digest; little endian. */
const VERSION = 1;
const State = { ABSENT: 0, SETTLED: 1, UNSETTLED: 2 } as const;
const ENTRY_BYTES = 5 + DIGEST_BYTES;

/** The bytes of a run of segments. */
export function encodeRun(run: SegmentRun): Buffer {
  const bytes = Buffer.alloc(1 + run.length * ENTRY_BYTES);
  bytes[0] = VERSION;
  run.forEach((segment, i) => {
    if (!segment) return;
    const at = 1 + i * ENTRY_BYTES;
    bytes[at] = segment.unsettled ? State.UNSETTLED : State.SETTLED;
    bytes.writeUInt32LE(Math.floor(segment.verifiedAtMs / 1000), at + 1);
    bytes.set(segment.digest, at + 5);
  });
  return bytes;
}

/**
 * The run of segments in `bytes`.
 *
 * @throws {DuetError} `DUET_ERR_STATE_CORRUPT` if it is none, or of a later version.
 */
export function decodeRun(bytes: Uint8Array): (SegmentRecord | undefined)[] {
  const buffer = Buffer.from(bytes);
  const count = (buffer.length - 1) / ENTRY_BYTES;
  if (buffer[0] !== VERSION || !Number.isInteger(count) || count > SEGMENTS_IN_RUN) throw corrupt(buffer);
  return Array.from({ length: count }, (_, i) => {
    const at = 1 + i * ENTRY_BYTES;
    const state = buffer[at];
    if (state > State.UNSETTLED) throw corrupt(buffer);
    if (state === State.ABSENT) return undefined;
    return {
      digest: buffer.subarray(at + 5, at + ENTRY_BYTES),
      verifiedAtMs: buffer.readUInt32LE(at + 1) * 1000,
      unsettled: state === State.UNSETTLED,
    };
  });
}

function corrupt(bytes: Buffer): DuetError {
  return new DuetError('DUET_ERR_STATE_CORRUPT', {
    operation: 'read scrub segments',
    message: `the state database holds scrub segments that are none: version ${bytes[0] ?? 'none'}, ${bytes.length} bytes`,
    hint: 'a newer version of Duet may have written them; else begin anew with another --state folder',
  });
}
