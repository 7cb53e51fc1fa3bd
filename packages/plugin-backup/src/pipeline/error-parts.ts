import { DuetError } from '@duet/core/model';
import type { ErrorParts } from './thread-messages.js';

/** What is told of an error to another thread. */
export function errorParts(error: unknown): ErrorParts {
  if (!(error instanceof DuetError)) {
    return { code: 'DUET_ERR_INTERNAL', operation: 'back up', message: error instanceof Error ? error.message : String(error) };
  }
  const { code, operation, message, path, hint } = error;
  const offset = 'offset' in error && typeof error.offset === 'number' ? { offset: error.offset } : {};
  return { code, operation, message, hint, ...(path === undefined ? {} : { path }), ...offset };
}

/** The error that another thread told of. */
export function errorOf({ code, offset, ...details }: ErrorParts): DuetError {
  const error = new DuetError(code, details);
  return offset === undefined ? error : Object.assign(error, { offset });
}
