import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Folder of the state database: the option, `DUET_STATE_DIR`, `/var/lib/duet` for root, `$XDG_STATE_HOME/duet` for others. */
export function stateDirOf(option: string | undefined, variables: NodeJS.ProcessEnv, uid: number): string {
  const given = option ?? (variables['DUET_STATE_DIR'] || undefined);
  if (given !== undefined) return resolve(given);
  if (uid === 0) return '/var/lib/duet';
  const home = variables['HOME'] || homedir();
  const xdg = variables['XDG_STATE_HOME'];
  // The XDG specification has relative values ignored.
  return join(xdg?.startsWith('/') ? xdg : join(home, '.local', 'state'), 'duet');
}
