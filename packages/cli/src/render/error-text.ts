import { DuetError, ERROR_CODES, exitCodeOf } from '@duet/core/model';
import { printable } from './printable.js';

/** What is said about an error, in the order it is said. */
interface ErrorParts {
  readonly code: string;
  readonly message: string;
  readonly operation: string | undefined;
  readonly path: string | undefined;
  readonly cause: string | undefined;
  readonly hint: string;
}

/** An error for people: one line of what, then path, cause and hint, ready for a terminal. `verbose` adds operation and stack. */
export function errorText(error: unknown, verbose = false): string {
  const parts = partsOf(error);
  const lines = [`duet: ${printable(parts.message)} [${parts.code}]`];
  if (verbose && parts.operation !== undefined) lines.push(`  while: ${printable(parts.operation)}`);
  if (parts.path !== undefined) lines.push(`  path: ${printable(parts.path)}`);
  if (parts.cause !== undefined) lines.push(`  cause: ${printable(parts.cause)}`);
  lines.push(`  hint: ${printable(parts.hint)}`);
  if (verbose || !(error instanceof DuetError)) lines.push(...stackOf(error));
  return `${lines.join('\n')}\n`;
}

/** The same error as the object of a JSON line. */
export function errorObject(error: unknown): Readonly<Record<string, unknown>> {
  const { code, message, operation, path, cause, hint } = partsOf(error);
  return { type: 'error', code, exitCode: exitCodeOf(error), message, operation, path, cause, hint };
}

function partsOf(error: unknown): ErrorParts {
  if (error instanceof DuetError) {
    return {
      code: error.code,
      message: error.message,
      operation: error.operation,
      path: error.path,
      cause: causeOf(error),
      hint: error.hint,
    };
  }
  return {
    code: 'DUET_ERR_INTERNAL',
    message: error instanceof Error ? error.message : String(error),
    operation: undefined,
    path: undefined,
    cause: error instanceof Error ? causeOf(error) : undefined,
    hint: ERROR_CODES.DUET_ERR_INTERNAL.solve,
  };
}

/** The messages of all causes, outermost first. */
function causeOf(error: Error): string | undefined {
  const messages: string[] = [];
  let cause = error.cause;
  while (cause instanceof Error && messages.length < 5) {
    messages.push(cause.message);
    cause = cause.cause;
  }
  if (typeof cause === 'string') messages.push(cause);
  return messages.length === 0 ? undefined : messages.join(': ');
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const frames = error.stack.split('\n').filter((line) => line.startsWith('    at '));
  return frames.map((frame) => printable(frame));
}
