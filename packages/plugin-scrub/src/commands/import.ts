import { readFileSync } from 'node:fs';
import { DuetError, ExitCode, joinPath } from '@duet/core';
import type { BytePath, CommandContext, PluginCommand } from '@duet/core';
import { RecordBook } from '../record/record-book.js';
import { sameDigest, sameState } from '../record/record.js';
import { SumLineParser } from '../sums/sum-line.js';
import type { Sum } from '../sums/sum-line.js';
import { namedPath } from './recorded-files.js';

/** Line numbers that an error message shows. */
const SHOWN = 10;
const NEWLINE = 10;
const RETURN = 13;

/** `duet scrub import FILE`: what a list of sums says is expected of files from now on. */
export const importCommand: PluginCommand = {
  name: 'import',
  summary: 'expect of files what a list of sha256sum or hashdeep says; the next pass compares',
  args: [{ name: '<file>', summary: 'the list; - for standard input' }],
  options: [{ flags: '--base <dir>', summary: 'the folder that names in the list are relative to; default: the current one' }],
  async run(ctx) {
    const base = namedPath(typeof ctx.options['base'] === 'string' ? ctx.options['base'] : '.');
    const file = String(ctx.args['file']);
    const book = new RecordBook(ctx.state);
    const parser = new SumLineParser();
    const bad: number[] = [];
    let taken = 0;
    let missing = 0;
    for (const [i, line] of linesOf(readList(file)).entries()) {
      ctx.signal.throwIfAborted();
      const sum = parser.parse(line);
      if (sum === 'comment') continue;
      if (sum === undefined) bad.push(i + 1);
      else if (await expect(ctx, book, base, sum)) taken++;
      else missing++;
    }
    if (taken === 0 && bad.length > 0) throw unusable(file, bad);
    ctx.print(`${taken} files taken, ${missing} not there, ${bad.length} lines not usable`, { type: 'imported', files: taken, missing, badLines: bad });
    if (bad.length === 0) return ExitCode.DONE;
    ctx.log.error(unusable(file, bad).message);
    return ExitCode.USAGE;
  },
};

/** Whether the file is there. */
async function expect(ctx: CommandContext, book: RecordBook, base: BytePath, sum: Sum): Promise<boolean> {
  const path = sum.path.startsWith('/') ? sum.path : joinPath(base, sum.path.replace(/^(\.\/+)+/, '') as BytePath);
  const found = await numbered(ctx, path);
  if (!found) return false;
  const { file, no } = found;
  const old = book.get(no);
  const kept = old && sameState(old, file) ? old : undefined;
  if (sameDigest(kept?.whole, sum.digest)) return true;
  if (old && !kept) book.dropSegments(no, old.size);
  book.put(no, {
    path,
    ino: file.id.ino,
    size: file.size,
    mtimeNs: file.mtimeNs,
    ctimeNs: file.ctimeNs,
    verifiedAtMs: 0,
    whole: sum.digest,
    imported: true,
    unsettled: false,
    problem: kept?.problem,
  });
  return true;
}

async function numbered(ctx: CommandContext, path: BytePath) {
  try {
    return await ctx.fileNumber(path);
  } catch (error) {
    if (error instanceof DuetError && error.code === 'DUET_ERR_PATH_MISSING') return undefined;
    throw error;
  }
}

function readList(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DuetError(missing ? 'DUET_ERR_PATH_MISSING' : 'DUET_ERR_PATH_DENIED', {
      operation: 'read the list of sums',
      message: `cannot read ${file}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      path: file,
      cause,
    });
  }
}

/** Lines without their end, which may be that of other systems. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    lines.push(bytes.subarray(start, end > start && bytes[end - 1] === RETURN ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function unusable(file: string, lines: readonly number[]): DuetError {
  const shown = lines.slice(0, SHOWN).join(', ') + (lines.length > SHOWN ? ', …' : '');
  return new DuetError('DUET_ERR_SCRUB_RECORD', {
    operation: 'read the list of sums',
    message: `${file} has ${lines.length} lines that are no SHA-256 sums: ${shown}`,
    path: file,
    hint: 'lists are lines as sha256sum prints them',
  });
}
