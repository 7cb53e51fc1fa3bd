import type { Observable } from 'rxjs';
import type { ProbeBatch, ProbeTarget, ScanBatch, ScanOptions } from '../model/index.js';

/** A batch of found files with their numbers in the state database. */
export interface NumberedBatch {
  readonly batch: ScanBatch;
  readonly numbers: Uint32Array;
}

/** What sessions ask of the scanner of one path: cold observables, so that virtual time drives them in tests. */
export interface Survey {
  scan(options: ScanOptions): Observable<NumberedBatch>;
  probe(targets: readonly ProbeTarget[]): Observable<ProbeBatch>;
  close(): void;
}
