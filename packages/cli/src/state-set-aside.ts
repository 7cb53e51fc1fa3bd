import { DuetError } from '@duet/core/model';

/** The error for a state database that was damaged, and has been set aside as `aside`. */
export function stateSetAside(stateDir: string, aside: string): DuetError {
  return new DuetError('DUET_ERR_STATE_CORRUPT', {
    operation: 'open the state database',
    message: 'the state database is damaged',
    path: stateDir,
    hint: `it was set aside as ${aside}; the next run starts a new one`,
  });
}
