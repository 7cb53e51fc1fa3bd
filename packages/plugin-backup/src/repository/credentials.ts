import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { DuetError, errnoOf } from '@duet/core/model';
import { parseArgsStringToArgv } from 'string-argv';

/** How the repository and its password are named, by options and else by the environment, as restic has it. */
export interface RepositoryOptions {
  readonly repo?: string | undefined;
  /** File that holds the password. */
  readonly passwordFile?: string | undefined;
  /** Command that prints the password; run without a shell. */
  readonly passwordCommand?: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The folder of the repository. @throws {DuetError} `DUET_ERR_REPO_MISSING`, `DUET_ERR_USAGE` (a kind of storage that is not known here) */
export function repositoryLocation({ repo }: RepositoryOptions, variables: Variables = process.env): string {
  const file = variables['RESTIC_REPOSITORY_FILE'];
  const named = repo ?? variables['RESTIC_REPOSITORY'] ?? (file === undefined ? undefined : readText(file, 'the file that names the repository'));
  if (named === undefined || named === '') {
    throw new DuetError('DUET_ERR_REPO_MISSING', {
      operation: 'open the repository',
      message: 'no repository was named',
      hint: 'name it with --repo, with --set backup.repo=… for runs, or with RESTIC_REPOSITORY',
    });
  }
  const scheme = /^(?!local:)[a-z0-9]+:/.exec(named)?.[0];
  if (scheme !== undefined) {
    throw new DuetError('DUET_ERR_USAGE', { operation: 'open the repository', message: `${scheme} is a kind of storage that is not known here`, path: named, hint: 'name a folder; one whose name looks like this with ./ before it' });
  }
  return named.replace(/^local:/, '');
}

/** The password of the repository. @throws {DuetError} `DUET_ERR_REPO_PASSWORD` */
export async function repositoryPassword(options: RepositoryOptions, variables: Variables = process.env): Promise<string> {
  const { passwordFile, passwordCommand } = options;
  if (passwordFile !== undefined && passwordCommand !== undefined) {
    throw new DuetError('DUET_ERR_USAGE', { operation: 'get the password', message: 'a password file and a password command were given: give one of them' });
  }
  if (passwordFile !== undefined) return notEmpty(readText(passwordFile, 'the password file'));
  if (passwordCommand !== undefined) return notEmpty(await output(passwordCommand));
  const { RESTIC_PASSWORD: password, RESTIC_PASSWORD_FILE: file, RESTIC_PASSWORD_COMMAND: command } = variables;
  if (password !== undefined && password !== '') return password;
  if (file !== undefined && file !== '') return notEmpty(readText(file, 'the password file'));
  if (command !== undefined && command !== '') return notEmpty(await output(command));
  throw passwordError('no password was given');
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new DuetError('DUET_ERR_REPO_PASSWORD', { operation: 'get the password', message: `${what} cannot be read: ${errnoOf(cause)}`, path, cause });
  }
}

async function output(command: string): Promise<string> {
  const [program, ...args] = parseArgsStringToArgv(command);
  if (program === undefined) throw passwordError('the password command is empty');
  try {
    return (await promisify(execFile)(program, args, { encoding: 'utf8' })).stdout.trim();
  } catch (cause) {
    throw passwordError(`the password command failed: ${program}`, cause);
  }
}

function notEmpty(password: string): string {
  if (password === '') throw passwordError('the password is empty');
  return password;
}

function passwordError(message: string, cause?: unknown): DuetError {
  return new DuetError('DUET_ERR_REPO_PASSWORD', { operation: 'get the password', message, cause });
}
