import { fromBytes } from '@duet/core';
import type { BytePath } from '@duet/core';

/** One line of a list of SHA-256 sums. */
export interface Sum {
  readonly digest: Buffer;
  /** As the list has it: absolute, or relative to where the list was made. */
  readonly path: BytePath;
}

const PLAIN = /^(\\?)([0-9a-fA-F]{64}) [ *](.+)$/s;
const TAGGED = /^(\\?)SHA256 ?\((.+)\) ?= ?([0-9a-fA-F]{64})$/s;

/** The line that `sha256sum` prints for a file, and that `sha256sum -c` takes, with its newline. */
export function formatSum(digest: Uint8Array, path: BytePath): Buffer {
  const escaped = path.replace(/[\\\n\r]/g, (c) => (c === '\\' ? '\\\\' : c === '\n' ? '\\n' : '\\r'));
  const mark = escaped === path ? '' : '\\';
  return Buffer.from(`${mark}${Buffer.from(digest).toString('hex')}  ${escaped}\n`, 'latin1');
}

/**
 * Reads lists of SHA-256 sums line by line: as `sha256sum` prints them, with
 * `--tag` too, and as hashdeep does, whose `%%%%` lines name the columns.
 */
export class SumLineParser {
  /** Columns of a hashdeep list, once it named them. */
  #columns: readonly string[] | undefined;

  /** The sum in `line` (without its newline), `comment` for a line that holds none by intention, undefined if it is not usable. */
  parse(line: Uint8Array): Sum | 'comment' | undefined {
    const text: string = fromBytes(line);
    if (text === '' || text.startsWith('#')) return 'comment';
    if (text.startsWith('%%%%')) {
      const columns = text.slice(4).trim().split(',');
      if (columns.includes('filename')) this.#columns = columns;
      return 'comment';
    }
    return this.#columns ? hashdeepSum(text, this.#columns) : (plainSum(text) ?? taggedSum(text));
  }
}

function plainSum(text: string): Sum | undefined {
  const [, mark, digest, path] = PLAIN.exec(text) ?? [];
  return digest && path ? sum(digest, path, mark !== '') : undefined;
}

function taggedSum(text: string): Sum | undefined {
  const [, mark, path, digest] = TAGGED.exec(text) ?? [];
  return digest && path ? sum(digest, path, mark !== '') : undefined;
}

function hashdeepSum(text: string, columns: readonly string[]): Sum | undefined {
  // The name is the last column, and the only one that may contain a comma.
  const fields = text.split(',');
  const path = fields.slice(columns.length - 1).join(',');
  const digest = fields[columns.indexOf('sha256')];
  if (path === '' || digest === undefined || !/^[0-9a-fA-F]{64}$/.test(digest)) return undefined;
  return { digest: Buffer.from(digest, 'hex'), path: path as BytePath };
}

function sum(digest: string, path: string, escaped: boolean): Sum | undefined {
  const name = escaped ? unescape(path) : path;
  return name === undefined ? undefined : { digest: Buffer.from(digest, 'hex'), path: name as BytePath };
}

/** The name that was escaped; undefined for a sequence that `sha256sum` never writes. */
function unescape(path: string): string | undefined {
  if (!/^(?:[^\\]|\\[\\nr])*$/s.test(path)) return undefined;
  return path.replace(/\\([\\nr])/g, (_, c: string) => (c === 'n' ? '\n' : c === 'r' ? '\r' : '\\'));
}
