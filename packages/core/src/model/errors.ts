import { ERROR_CODES } from './error-codes.js';
import type { ErrorCode } from './error-codes.js';

/** What an error says beside its code. */
export interface ErrorDetails {
  /** What was being done, in the infinitive: `open the state database`. */
  readonly operation: string;
  readonly message: string;
  /** As people read it. */
  readonly path?: string;
  /** What to do about it; the code's own advice if absent. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error with a stable code, the operation, the path, a cause and a hint. */
export class DuetError extends Error {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly path: string | undefined;
  readonly hint: string;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DuetError';
    this.code = code;
    this.operation = details.operation;
    this.path = details.path;
    this.hint = details.hint ?? ERROR_CODES[code].solve;
  }
}

/** Exit code that an error ends the `duet` command with. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DuetError ? ERROR_CODES[error.code].exit : ERROR_CODES.DUET_ERR_INTERNAL.exit;
}

/** The errno name (`ENOENT`) that a failed call carries, if it does. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof DuetError) return errnoOf(error.cause);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
