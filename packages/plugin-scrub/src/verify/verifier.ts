import type { BytePath } from '@duet/core';
import type { HashedFile } from '../hash/hash-job.js';
import { shatagDigest } from '../hash/shatag.js';
import { sameDigest, sameState, SEGMENT_BYTES, segmentsOf } from '../record/record.js';
import type { FileState, OpenProblem, ScrubRecord, SegmentRecord } from '../record/record.js';
import type { RecordBook } from '../record/record-book.js';

/** A file as records name it. */
export interface NamedFile {
  readonly no: number;
  readonly ino: number;
  /** Absolute. */
  readonly path: BytePath;
}

/** A piece of a file that nobody changed, and that is not what it was. */
export interface Finding {
  /** First byte of the segment; undefined where only the file as a whole is known to differ. */
  readonly offset: number | undefined;
  readonly recorded: Uint8Array;
  readonly read: Uint8Array;
}

/**
 * Compares what was read with the records, and keeps them.
 *
 * A file in the state that its record has is compared; one in another state
 * was changed by a program, and is recorded anew. A difference leaves the
 * record as it is, with the problem beside it.
 */
export class Verifier {
  readonly #book: RecordBook;
  readonly #startedMs: number;

  /** `startedMs`: when this pass began, milliseconds since 1970; problems seen before are superseded. */
  constructor(book: RecordBook, startedMs: number) {
    this.#book = book;
    this.#startedMs = startedMs;
  }

  /** Takes what was read from byte `offset` of a file; returns what differs. */
  take(file: NamedFile, offset: number, hashed: HashedFile, nowMs: number): Finding[] {
    const { no } = file;
    const old = this.#book.get(no);
    const kept = old && sameState(old, hashed.state) ? old : undefined;
    if (old && !kept) this.#book.dropSegments(no, old.size);

    const first = Math.floor(offset / SEGMENT_BYTES);
    const segments = hashed.segments.map((digest, i) => this.#segment(kept && this.#book.segment(no, first + i), digest, hashed, nowMs));
    const findings: Finding[] = [];
    for (const [i, { recorded, read }] of segments.entries()) if (recorded) findings.push({ offset: (first + i) * SEGMENT_BYTES, recorded, read });
    const whole = this.#whole(kept, hashed, findings);
    if (whole) findings.push(whole);

    // When only the whole is known to be wrong, no segment may pass for right.
    if (!whole && segments.length > 0) this.#book.putSegments(no, first, segments.map(({ next }) => next));
    const next = findings.length > 0 ? marked(file, kept, hashed, findings[0], nowMs, this.#startedMs) : this.#clean(file, kept, offset, hashed, segments, nowMs);
    if (!old || !unchanged(old, next)) this.#book.put(no, next);
    return findings;
  }

  /** Keeps that a file, in `state`, could not be read at `offset`. */
  takeFailure(file: NamedFile, state: FileState, offset: number | undefined, errno: string, nowMs: number): void {
    const old = this.#book.get(file.no);
    const kept = old && sameState(old, state) ? old : undefined;
    if (old && !kept) this.#book.dropSegments(file.no, old.size);
    const base = kept ?? { verifiedAtMs: 0, whole: undefined, imported: false, unsettled: false };
    this.#book.put(file.no, { ...base, ...identity(file, state), problem: { kind: 'read', atMs: nowMs, offset, errno } });
  }

  #segment(known: SegmentRecord | undefined, digest: Uint8Array, hashed: HashedFile, nowMs: number) {
    const same = known !== undefined && sameDigest(known.digest, digest);
    if (known && !same && !known.unsettled) return { next: known, recorded: known.digest, read: digest, replaced: false };
    const verifiedAtMs = hashed.fromMemory ? (same ? known.verifiedAtMs : 0) : nowMs;
    return { next: { digest, verifiedAtMs, unsettled: hashed.unsettled }, recorded: undefined, read: digest, replaced: known !== undefined && !same };
  }

  /** What the whole digest, the record's or the attributes', finds that segments did not. */
  #whole(kept: ScrubRecord | undefined, hashed: HashedFile, found: readonly Finding[]): Finding | undefined {
    const { whole, state } = hashed;
    if (!whole || found.length > 0) return undefined;
    const offset = segmentsOf(state.size) > 0 ? undefined : 0;
    if (kept?.whole && !kept.unsettled && !sameDigest(kept.whole, whole)) return { offset, recorded: kept.whole, read: whole };
    const tagged = shatagDigest(hashed.attributes, state.mtimeNs);
    return tagged && !sameDigest(tagged, whole) ? { offset, recorded: tagged, read: whole } : undefined;
  }

  #clean(file: NamedFile, kept: ScrubRecord | undefined, offset: number, hashed: HashedFile, segments: readonly { replaced: boolean }[], nowMs: number): ScrubRecord {
    const { state } = hashed;
    const same = sameDigest(kept?.whole, hashed.whole);
    const whole = hashed.whole ?? (segments.some(({ replaced }) => replaced) ? undefined : kept?.whole);
    const problem = kept?.problem && !covers(hashed, offset, kept.problem) ? kept.problem : undefined;
    const unverifiedAtMs = same ? kept!.verifiedAtMs : 0;
    return {
      path: file.path,
      ino: file.ino,
      size: state.size,
      mtimeNs: state.mtimeNs,
      ctimeNs: state.ctimeNs,
      verifiedAtMs: segmentsOf(state.size) > 0 ? 0 : hashed.fromMemory ? unverifiedAtMs : nowMs,
      whole,
      imported: hashed.whole ? false : (kept?.imported ?? false),
      unsettled: hashed.whole ? hashed.unsettled : (kept?.unsettled ?? false),
      problem,
    };
  }
}

/** The record of a file with a finding: what it was, or, if only attributes knew the file, what they say. */
function marked(file: NamedFile, kept: ScrubRecord | undefined, { state }: HashedFile, finding: Finding, nowMs: number, startedMs: number): ScrubRecord {
  const known = kept?.problem;
  const seenEarlier = known?.kind === 'mismatch' && known.atMs >= startedMs && (known.offset ?? 0) < (finding.offset ?? 0);
  const problem: OpenProblem = seenEarlier ? known : { kind: 'mismatch', atMs: nowMs, ...finding };
  if (kept) return { ...kept, ...identity(file, state), problem };
  return { ...identity(file, state), verifiedAtMs: 0, whole: finding.recorded, imported: true, unsettled: false, problem };
}

/** Whether reading `hashed` from `offset` tells that `problem` is gone. */
function covers(hashed: HashedFile, offset: number, problem: OpenProblem): boolean {
  if (hashed.whole || (problem.kind === 'read' && problem.offset === undefined)) return true;
  if (problem.offset === undefined) return false;
  return problem.offset >= offset && problem.offset < offset + hashed.segments.length * SEGMENT_BYTES;
}

function identity({ path, ino }: NamedFile, { size, mtimeNs, ctimeNs }: FileState) {
  return { path, ino, size, mtimeNs, ctimeNs };
}

/** Whether writing `next` would change nothing: spares a write a segment. */
function unchanged(old: ScrubRecord, next: ScrubRecord): boolean {
  return (
    sameState(old, next) &&
    old.path === next.path &&
    old.ino === next.ino &&
    old.verifiedAtMs === next.verifiedAtMs &&
    old.imported === next.imported &&
    old.unsettled === next.unsettled &&
    old.problem === next.problem &&
    (old.whole === next.whole || sameDigest(old.whole, next.whole))
  );
}
