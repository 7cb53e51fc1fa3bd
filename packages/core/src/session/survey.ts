import type { Observable } from 'rxjs';
import { DuetError } from '../model/index.js';
import type { ProbeBatch, ProbeTarget, ReleaseBatch, ReleaseTarget, ScanBatch, ScanOptions } from '../model/index.js';

/** A batch of found files with their numbers in the state database. */
export interface NumberedBatch {
  readonly batch: ScanBatch;
  readonly numbers: Uint32Array;
}

/** What sessions ask of the scanner of one path: cold observables, so that virtual time drives them in tests. */
export interface Survey {
  scan(options: ScanOptions): Observable<NumberedBatch>;
  probe(targets: readonly ProbeTarget[]): Observable<ProbeBatch>;
  /** See `Scanner`. */
  release(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch>;
  close(): void;
}

/** Whether there is nothing at the survey's path: no file, which is an answer to who knew of some. */
export function isPathMissing(error: unknown): boolean {
  return error instanceof DuetError && error.code === 'DUET_ERR_PATH_MISSING';
}
