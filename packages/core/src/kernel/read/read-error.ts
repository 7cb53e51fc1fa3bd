import { DuetError, toDisplay } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { errnoError, errnoName } from '../syscalls/index.js';

/** A file could not be opened or read (`DUET_ERR_READ`); `cause.code` names the errno. */
export class FileReadError extends DuetError {
  /** Byte of the file where reading failed; 0 if it could not be opened. */
  readonly offset: number;

  constructor(path: BytePath, errno: number, call: 'open' | 'read', offset = 0) {
    const shown = toDisplay(path);
    super('DUET_ERR_READ', {
      operation: `${call} the file`,
      message: call === 'open' ? `cannot open ${shown}: ${errnoName(errno)}` : `cannot read ${shown} at byte ${offset}: ${errnoName(errno)}`,
      path: shown,
      cause: errnoError(errno, call === 'open' ? 'openat2' : 'pread'),
    });
    this.offset = offset;
  }
}

/** The name is gone, or names something else than it did (`DUET_ERR_VANISHED`). */
export function vanished(path: BytePath, why: string, errno?: number): DuetError {
  return new DuetError('DUET_ERR_VANISHED', {
    operation: 'open the file',
    message: `${toDisplay(path)} ${why}`,
    path: toDisplay(path),
    ...(errno === undefined ? {} : { cause: errnoError(errno, 'openat2') }),
  });
}
