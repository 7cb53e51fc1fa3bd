import koffi from 'koffi';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { toDisplay } from '../../model/byte-path.js';
import { DuetError } from '../../model/errors.js';
import { readMounts } from '../mounts.js';
import { errnoError } from '../syscalls/errno.js';
import { libc } from '../syscalls/library.js';
import { traceFileError } from './trace-file.js';

const MOUNT_POINT = '/sys/kernel/tracing';

const mount = libc.func('int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)') as (
  source: string,
  target: string,
  type: string,
  flags: number,
  data: null,
) => number;

/** Where tracefs is mounted; undefined if it is not. */
export function findTracefs(): string | undefined {
  const found = readMounts().find((mount) => mount.fsType === 'tracefs');
  return found === undefined ? undefined : toDisplay(found.mountPoint);
}

/** Whether this kernel has tracefs at all. */
export function kernelHasTracefs(): boolean {
  return /^nodev\s+tracefs$/m.test(readFileSync('/proc/filesystems', 'latin1')) && existsSync(MOUNT_POINT);
}

/**
 * Where tracefs is mounted; mounts it if it is not, and leaves it mounted, as
 * other programs may come to use it.
 *
 * @throws {DuetError} `DUET_ERR_TRACEFS`
 */
export function ensureTracefs(): string {
  const found = findTracefs();
  if (found !== undefined) return found;
  if (!kernelHasTracefs()) {
    throw new DuetError('DUET_ERR_TRACEFS', {
      operation: 'find tracefs',
      message: 'this kernel has no tracefs',
      hint: 'Needs a kernel with CONFIG_EVENT_TRACING; `--source cachestat` works without.',
    });
  }
  if (mount('nodev', MOUNT_POINT, 'tracefs', 0, null) !== 0) {
    throw traceFileError('mount tracefs', MOUNT_POINT, errnoError(koffi.errno(), 'mount'));
  }
  return MOUNT_POINT;
}

/** Whether this process may make instances there. */
export function mayTrace(tracefs: string): boolean {
  try {
    accessSync(`${tracefs}/instances`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
