import { realpathSync } from 'node:fs';
import { ExitCode } from '@duet/core';
import type { CommandContext, PluginCommand } from '@duet/core';
import { repositoryLocation, repositoryPassword } from '../repository/credentials.js';
import type { RepositoryOptions } from '../repository/credentials.js';
import { LocalStorage } from '../repository/local-storage.js';
import { RepositoryLock } from '../repository/lock.js';
import { Repository } from '../repository/repository.js';

type Options = NonNullable<PluginCommand['options']>;

/** Options of every command that name the repository and its password. */
export const REPOSITORY_OPTIONS: Options = [
  { flags: '--repo <folder>', summary: 'the repository; default: RESTIC_REPOSITORY' },
  { flags: '--password-file <file>', summary: 'file that holds the password; default: RESTIC_PASSWORD_FILE' },
  { flags: '--password-command <command>', summary: 'command that prints the password; default: RESTIC_PASSWORD_COMMAND' },
];

/** The same, for commands that only read. */
export const READING_OPTIONS: Options = [...REPOSITORY_OPTIONS, { flags: '--no-lock', summary: 'do not lock the repository: for one that cannot be written to' }];

/** What the options of a command say of the repository. */
export function repositoryOptions({ options }: CommandContext): RepositoryOptions {
  const text = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined);
  return { repo: text('repo'), passwordFile: text('passwordFile'), passwordCommand: text('passwordCommand') };
}

/**
 * Opens the repository for a command, and locks it while `work` runs. The
 * signal is that of the command, aborted too when the lock is lost. Work that
 * rejects because the command was interrupted is no failure: whoever
 * interrupted it knows.
 */
export async function withRepository(ctx: CommandContext, work: (repository: Repository, signal: AbortSignal) => Promise<number>): Promise<number> {
  const options = repositoryOptions(ctx);
  const storage = new LocalStorage(repositoryLocation(options));
  const repository = await Repository.open(storage, await repositoryPassword(options));
  const lock = ctx.options['lock'] === false ? undefined : await RepositoryLock.acquire(repository.files, { log: ctx.log, now: () => ctx.now() });
  try {
    return await work(repository, lock ? AbortSignal.any([ctx.signal, lock.lost]) : ctx.signal);
  } catch (error) {
    if (ctx.signal.aborted && error === ctx.signal.reason) return ExitCode.DONE;
    throw error;
  } finally {
    await lock?.release();
  }
}

/** Absolute, as other programs are told it. */
export function shownLocation(repository: Repository): string {
  return realpathSync(repository.storage.location);
}
