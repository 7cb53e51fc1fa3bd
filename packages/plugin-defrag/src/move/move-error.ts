import { EACCES, EAGAIN, EBUSY, EDQUOT, ENOSPC, EOPNOTSUPP, EPERM, EROFS, errnoName, ETXTBSY } from '@duet/core/kernel/syscalls';
import type { SkipReason } from '../refusal/skip-reason.js';

const REASONS = new Map<number, SkipReason>([
  [ENOSPC, 'no-space'],
  [EDQUOT, 'no-space'],
  [ETXTBSY, 'running'],
  [EACCES, 'not-permitted'],
  [EPERM, 'not-permitted'],
  [EROFS, 'not-permitted'],
  [EOPNOTSUPP, 'unsuitable'],
  [EBUSY, 'in-use'],
  [EAGAIN, 'in-use'],
]);

/** A call that moves a file failed: nothing of its content has changed. */
export class MoveError extends Error {
  /** Negative. */
  readonly errno: number;
  readonly call: string;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)}`);
    this.call = call;
    this.errno = errno;
  }

  /** Set where that is nobody's fault. */
  get reason(): SkipReason | undefined {
    return REASONS.get(-this.errno);
  }
}

/** Passes a result on, if it is not a negative errno. @throws {MoveError} */
export function succeeded(call: string, result: number): number {
  if (result < 0) throw new MoveError(call, result);
  return result;
}
