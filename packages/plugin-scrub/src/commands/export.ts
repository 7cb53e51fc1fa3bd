import { DuetError, ExitCode, isUnder, relativeTo, toDisplay } from '@duet/core';
import type { BytePath, CommandContext, PluginCommand } from '@duet/core';
import type { HashPool } from '../hash/hash-pool.js';
import { RecordBook } from '../record/record-book.js';
import { hex } from '../record/record.js';
import { formatSum } from '../sums/sum-line.js';
import { Verifier } from '../verify/verifier.js';
import { pathFields } from './path-fields.js';
import { namedPath, recordedFiles } from './recorded-files.js';
import type { RecordedFile } from './recorded-files.js';
import { rehash, withHashing } from './rehash.js';

/** `duet scrub export [path]`: the records as a list that `sha256sum -c` takes. */
export const exportCommand: PluginCommand = {
  name: 'export',
  summary: 'print the recorded sums as sha256sum does; reads large files whose sum as a whole is not known yet',
  args: [{ name: '[path]', summary: 'only files at or below this path' }],
  options: [{ flags: '--base <dir>', summary: 'print names relative to this folder; default: absolute' }],
  run: (ctx) =>
    withHashing(ctx, async (pool) => {
      const book = new RecordBook(ctx.state);
      const base = ctx.options['base'];
      const folder = typeof base === 'string' ? namedPath(base) : undefined;
      const files: RecordedFile[] = [];
      for await (const file of recordedFiles(book, namedPath(ctx.args['path']), ctx.signal)) files.push(file);
      files.sort((a, b) => (a.record.path < b.record.path ? -1 : 1));
      let exitCode: number = ExitCode.DONE;
      for (const file of files) {
        const whole = file.record.whole ?? (await computed(ctx, book, pool, file));
        if (whole) printSum(ctx, whole, nameIn(folder, file.record.path));
        else exitCode = ExitCode.PROBLEMS;
      }
      return exitCode;
    }),
};

/** The digest of a file that was recorded in segments only, which are verified in passing; undefined, with a message, if there is none to be had. */
async function computed(ctx: CommandContext, book: RecordBook, pool: HashPool, file: RecordedFile): Promise<Uint8Array | undefined> {
  const { no, record } = file;
  const { path, ino } = record;
  try {
    const hashed = await rehash(pool, file, ctx.signal);
    if (!hashed) {
      ctx.log.warn(`${toDisplay(path)} is gone: left out`);
      return undefined;
    }
    const [finding] = new Verifier(book, ctx.now()).take({ no, ino, path }, 0, hashed, ctx.now());
    if (!finding) return hashed.whole;
    ctx.log.error(`${toDisplay(path)} is left out: its content at byte ${finding.offset ?? 0} is not what was recorded; see \`duet scrub report\``);
  } catch (error) {
    if (!(error instanceof DuetError)) throw error;
    ctx.log.error(`${error.message}: left out`);
  }
  return undefined;
}

function nameIn(folder: BytePath | undefined, path: BytePath): BytePath {
  return folder !== undefined && isUnder(path, folder) ? relativeTo(path, folder) : path;
}

function printSum(ctx: CommandContext, whole: Uint8Array, path: BytePath): void {
  if (ctx.json) ctx.print('', { type: 'sum', ...pathFields(path), sha256: hex(whole) });
  else ctx.write(formatSum(whole, path));
}
