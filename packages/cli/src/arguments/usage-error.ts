import { DuetError } from '@duet/core/model';

/** Wrong usage: one line of what is wrong, and what to do. */
export function usageError(message: string, hint?: string): DuetError {
  return new DuetError('DUET_ERR_USAGE', {
    operation: 'read the command line',
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
