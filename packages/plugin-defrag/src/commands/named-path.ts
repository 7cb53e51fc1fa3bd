import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DuetError, fromBytes } from '@duet/core';
import type { BytePath } from '@duet/core';

/** The absolute path that a person named, without symbolic links; the working directory if none was named. @throws {DuetError} `DUET_ERR_PATH_MISSING` */
export function namedPath(argument: string | readonly string[] | undefined): BytePath {
  const path = resolve(typeof argument === 'string' ? argument : '.');
  try {
    return fromBytes(realpathSync(path, { encoding: 'buffer' }));
  } catch (cause) {
    throw new DuetError('DUET_ERR_PATH_MISSING', { operation: 'find the path', message: `${path} does not exist`, path, cause });
  }
}
