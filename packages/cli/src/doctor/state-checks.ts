import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '@duet/core/model';
import { size } from '../render/quantity.js';
import type { Check } from './check.js';

/** Below this a database of a few million files may not fit. */
const ENOUGH_BYTES = 64 * 1024 * 1024;

/** Whether the state database can be kept where it is to be kept. Makes nothing. */
export function* stateChecks(stateDir: string): Generator<Check> {
  const existing = nearestFolder(stateDir);
  let problem: string | undefined;
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    const database = join(stateDir, 'duet.db');
    if (existsSync(database)) accessSync(database, constants.R_OK | constants.W_OK);
  } catch (error) {
    problem = errnoOf(error) ?? String(error);
  }
  yield {
    name: 'state folder',
    group: 'state',
    required: true,
    ok: problem === undefined,
    detail: problem === undefined ? `${stateDir}${existing === stateDir ? '' : ' (made by the first run)'}` : `${stateDir}: not writable (${problem})`,
    hint: problem === undefined ? '' : 'name another folder with --state or DUET_STATE_DIR',
  };
  if (problem !== undefined) return;
  const { bavail, bsize } = statfsSync(existing);
  const enough = bavail * bsize >= ENOUGH_BYTES;
  yield {
    name: 'state space',
    group: 'state',
    required: false,
    ok: enough,
    detail: `${size(bavail * bsize)} free`,
    hint: enough ? '' : `make room: ${size(ENOUGH_BYTES)} are enough for millions of files`,
  };
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
