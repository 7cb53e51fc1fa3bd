import type { BytePath } from './byte-path.js';
import type { ErrorCode } from './error-codes.js';

/** Something wrong with a file, which the run reports and goes on. */
export interface Problem {
  /** Relative to the session's path. */
  readonly path: BytePath;
  /** Byte offset that it concerns; absent for the file as a whole. */
  readonly offset?: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}
