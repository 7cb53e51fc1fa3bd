import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryLocation, repositoryPassword } from './repository/credentials.js';
import type { RepositoryOptions } from './repository/credentials.js';
import { isBearable, stretchAhead } from './repository/stretch.js';
import type { ScryptParameters } from './repository/stretch.js';

/**
 * Begins to derive the key of the repository that the options and the
 * environment name, for the run that is about to open it: that takes a quarter
 * of a second, while which the rest can be loaded. Does nothing where a command
 * has to be asked for the password, where what names it or the repository can be
 * read once only (a pipe, a terminal), or there are several keys, and leaves
 * what is wrong to the run. What it imports is small for that reason.
 */
export async function deriveKeyAhead(options: RepositoryOptions, variables: NodeJS.ProcessEnv = process.env, begin = stretchAhead): Promise<void> {
  if (options.passwordCommand !== undefined || variables['RESTIC_PASSWORD_COMMAND'] !== undefined) return;
  const files = [options.passwordFile ?? variables['RESTIC_PASSWORD_FILE'], variables['RESTIC_REPOSITORY_FILE']];
  try {
    if (files.some((file) => file !== undefined && file !== '' && !statSync(file).isFile())) return;
    const keys = join(repositoryLocation(options, variables), 'keys');
    const [name, another] = readdirSync(keys);
    if (name === undefined || another !== undefined) return;
    const { salt, N, r, p } = JSON.parse(readFileSync(join(keys, name), 'utf8')) as ScryptParameters & { readonly salt: string };
    if (!isBearable({ N, r, p })) return;
    begin(await repositoryPassword(options, variables), Buffer.from(salt, 'base64'), { N, r, p });
  } catch {
    // The run finds out, and tells.
  }
}
