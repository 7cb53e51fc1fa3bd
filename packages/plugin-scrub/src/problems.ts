import type { BytePath, Problem } from '@duet/core';
import { hex } from './record/record.js';
import type { Finding } from './verify/verifier.js';

/** A piece of a file that nobody changed has other content than was recorded. */
export function mismatchProblem(path: BytePath, { offset, recorded, read }: Finding): Problem {
  return {
    path,
    ...(offset === undefined ? {} : { offset }),
    code: 'DUET_ERR_SCRUB_MISMATCH',
    message: `the content changed although size and times did not: recorded SHA-256 ${hex(recorded)}, read ${hex(read)}`,
    hint: 'restore the file from a backup, or run `duet scrub accept PATH` if its content is right',
  };
}

const READ_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'run as a user who may read it, or exclude it',
  EPERM: 'run as a user who may read it, or exclude it',
  EIO: 'the disk or the file system reports damage: see the kernel log, and restore the file from a backup',
};

/** The file, or a piece of it, could not be read. */
export function readProblem(path: BytePath, offset: number | undefined, errno: string): Problem {
  const hint = READ_HINTS[errno];
  return {
    path,
    ...(offset === undefined ? {} : { offset }),
    code: 'DUET_ERR_READ',
    message: offset === undefined ? `cannot open the file: ${errno}` : `cannot read the file at byte ${offset}: ${errno}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
