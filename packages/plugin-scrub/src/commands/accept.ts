import { DuetError, ExitCode, toDisplay } from '@duet/core';
import type { BytePath, CommandContext, PluginCommand } from '@duet/core';
import type { HashPool } from '../hash/hash-pool.js';
import { RecordBook } from '../record/record-book.js';
import { Tagger } from '../tagger.js';
import { Verifier } from '../verify/verifier.js';
import { pathFields } from './path-fields.js';
import { namedPath, recordedFiles } from './recorded-files.js';
import type { RecordedFile } from './recorded-files.js';
import { belowRoot, rehash, withHashing } from './rehash.js';

/** `duet scrub accept PATH…`: takes the content now on the disk as right, and records it at once. */
export const acceptCommand: PluginCommand = {
  name: 'accept',
  summary: 'take the content now on the disk as right: read these files and record them anew, at once',
  args: [
    { name: '<paths...>', summary: 'files, and folders for all files below them with open problems' },
  ],
  run: (ctx) =>
    withHashing(ctx, async (pool) => {
      const book = new RecordBook(ctx.state);
      // All are looked up before any is changed: an error leaves nothing half done.
      const files = (await Promise.all([ctx.args['paths'] ?? []].flat().map((path) => recordsAt(book, namedPath(path), ctx)))).flat();
      for (const file of files) await accept(ctx, book, pool, file);
      return ExitCode.DONE;
    }),
};

async function recordsAt(book: RecordBook, path: BytePath, ctx: CommandContext): Promise<RecordedFile[]> {
  const files: RecordedFile[] = [];
  for await (const file of recordedFiles(book, path, ctx.signal)) {
    if (file.record.path === path || file.record.problem) files.push(file);
  }
  if (files.length > 0) return files;
  throw new DuetError('DUET_ERR_SCRUB_RECORD', {
    operation: 'accept the content of a file',
    message: `there is no record of ${toDisplay(path)}, and no open problem below it`,
    path: toDisplay(path),
    hint: 'see `duet scrub report` for files with open problems',
  });
}

async function accept(ctx: CommandContext, book: RecordBook, pool: HashPool, file: RecordedFile): Promise<void> {
  const { no, record } = file;
  const { path, ino } = record;
  const hashed = await rehash(pool, file, ctx.signal);
  book.remove(no, record);
  if (!hashed) {
    ctx.print(`${toDisplay(path)}: gone, its record is dropped`, { type: 'accepted', ...pathFields(path), gone: true });
    return;
  }
  const { attributes, ...content } = hashed;
  new Verifier(book, ctx.now()).take({ no, ino, path }, 0, { ...content, attributes: undefined }, ctx.now());
  // Else scrub with `xattrs`, and cshatag, would find the same again.
  if (attributes?.sha256 !== undefined) {
    const tagger = new Tagger(pool, book, ctx.log);
    await tagger.update(no, ino, belowRoot(path), hashed);
    tagger.close();
  }
  ctx.print(`${toDisplay(path)}: recorded anew`, { type: 'accepted', ...pathFields(path), gone: false });
}
