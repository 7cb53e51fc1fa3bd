import { DIGEST_BYTES } from '../record/record.js';
import type { ShatagText } from './hash-job.js';

/** Names of the attributes that cshatag keeps: the digest in hexadecimal, and the mtime when it was made. */
export const SHATAG_SHA256 = 'user.shatag.sha256';
export const SHATAG_TS = 'user.shatag.ts';

const SECOND_NS = 1_000_000_000n;

/** A time as cshatag writes it: seconds and nine digits of nanoseconds. */
export function formatShatagTime(ns: bigint): string {
  // Times before 1970 count nanoseconds up from the second before.
  const nanoseconds = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
  return `${(ns - nanoseconds) / SECOND_NS}.${String(nanoseconds).padStart(9, '0')}`;
}

/**
 * The digest that the attributes hold for a file with this mtime; undefined if
 * they are absent, unusable, or of another mtime (then the file is, in
 * cshatag's word, outdated).
 */
export function shatagDigest(attributes: ShatagText | undefined, mtimeNs: bigint): Uint8Array | undefined {
  if (attributes?.sha256 === undefined || attributes.ts !== formatShatagTime(mtimeNs)) return undefined;
  const digest = Buffer.from(attributes.sha256, 'hex');
  return digest.length === DIGEST_BYTES ? digest : undefined;
}
