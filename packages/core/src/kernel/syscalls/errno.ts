import { constants } from 'node:os';
import { DuetError, toDisplay } from '../../model/index.js';
import type { BytePath, ErrorCode } from '../../model/index.js';

/** Numbers of the errors that code here looks at. */
export const { EPERM, ENOENT, EEXIST, EINTR, EIO, EBADF, EAGAIN, EACCES, ENOTDIR, EINVAL, ENOSYS, ELOOP, EXDEV, ENAMETOOLONG, ENOTTY, EOPNOTSUPP, ESTALE, EOVERFLOW, ENOBUFS, ENOSPC, EBUSY, EROFS, ETXTBSY, EDQUOT, ERANGE, ECHILD } =
  constants.errno;

const NAMES = new Map<number, string>();
// EAGAIN and EWOULDBLOCK share a number, as do ENOTSUP and EOPNOTSUPP: the first name stays.
for (const [name, number] of Object.entries(constants.errno)) {
  if (!NAMES.has(number)) NAMES.set(number, name);
}

/** The name of an error number, negative or not: `ENOENT`. */
export function errnoName(errno: number): string {
  const number = Math.abs(errno);
  return NAMES.get(number) ?? `E${number}`;
}

/** What a failed system call leaves behind, in the form that Node's own errors have. */
export function errnoError(errno: number, call: string): NodeJS.ErrnoException {
  const code = errnoName(errno);
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: -Math.abs(errno), syscall: call });
}

/** An error for a failed system call: `operation` in the infinitive, `errno` negative or not. */
export function syscallError(
  operation: string,
  call: string,
  errno: number,
  path?: BytePath,
  code: ErrorCode = 'DUET_ERR_SYSCALL',
): DuetError {
  const where = path === undefined ? '' : ` ${toDisplay(path)}`;
  return new DuetError(code, {
    operation,
    message: `cannot ${operation}${where}: ${errnoName(errno)}`,
    ...(path === undefined ? {} : { path: toDisplay(path) }),
    cause: errnoError(errno, call),
  });
}
