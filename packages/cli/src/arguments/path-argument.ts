import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { DuetError, errnoOf, fromBytes, fromText, toBytes, toDisplay } from '@duet/core/model';
import type { BytePath, ErrorCode } from '@duet/core/model';

/**
 * The path that was typed, byte for byte.
 *
 * Node decodes arguments as UTF-8 and loses bytes that are not; then the
 * kernel's own copy of the command line is asked.
 */
export function pathArgument(text: string, commandLine: () => Uint8Array = ownCommandLine): BytePath {
  if (!text.includes('\ufffd')) return fromText(text);
  for (const argument of splitAt(fromBytes(commandLine()), '\0')) {
    for (const candidate of [argument, argument.slice(argument.indexOf('=') + 1)]) {
      if (toDisplay(candidate as BytePath) === text) return candidate as BytePath;
    }
  }
  return fromText(text);
}

/**
 * The absolute path of a file or folder that exists and may be read, symbolic links followed.
 *
 * @throws {DuetError} `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED`
 */
export function resolvePath(path: BytePath): BytePath {
  if (path === '') throw pathError('DUET_ERR_PATH_MISSING', path, undefined);
  try {
    const real = realpathSync.native(toBytes(path), 'buffer');
    accessSync(real, constants.R_OK);
    return fromBytes(real);
  } catch (error) {
    const denied = errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
    throw pathError(denied ? 'DUET_ERR_PATH_DENIED' : 'DUET_ERR_PATH_MISSING', path, error);
  }
}

/** The pieces of `text` between separators, without empty ones. */
export function splitAt(text: string, separator: string): string[] {
  return text.split(separator).filter((piece) => piece !== '');
}

function pathError(code: ErrorCode, path: BytePath, cause: unknown): DuetError {
  return new DuetError(code, {
    operation: 'look up the path',
    message: code === 'DUET_ERR_PATH_DENIED' ? 'the path may not be read' : 'the path does not exist',
    path: toDisplay(path),
    ...(cause === undefined ? {} : { cause }),
  });
}

function ownCommandLine(): Uint8Array {
  return readFileSync('/proc/self/cmdline');
}
