import bytes from 'bytes';
import { ExitCode, isUnder, toDisplay } from '@duet/core';
import type { BytePath, PluginCommand } from '@duet/core';
import { SKIP_REASONS } from '../refusal/skip-reason.js';
import { ResultBook } from '../results/result-book.js';
import type { FileResult } from '../results/result-book.js';
import { namedPath } from './named-path.js';
import { pathFields } from './path-fields.js';

/** `duet defrag results [path]`: what runs did with each fragmented file. */
export const resultsCommand: PluginCommand = {
  name: 'results',
  summary: 'show what became of the fragmented files that runs came to: extents before and after, or why they were left alone',
  args: [{ name: '[path]', summary: 'only files at or below this path' }],
  async run(ctx) {
    const path = ctx.args['path'] === undefined ? ('/' as BytePath) : namedPath(ctx.args['path']);
    const results = [...new ResultBook(ctx.state).all()].map(({ result }) => result).filter((result) => isUnder(result.path, path));
    results.sort((a, b) => (a.path < b.path ? -1 : 1));
    const total = { moved: 0, bytes: 0, before: 0, after: 0, skipped: 0 };
    for (const result of results) {
      const { skipped, after } = result;
      ctx.print(line(result), { type: 'result', ...pathFields(result.path), atMs: result.atMs, bytes: result.bytes, before: result.before, ...(after === undefined ? {} : { after }), ...(skipped === undefined ? {} : { skipped, reason: SKIP_REASONS[skipped] }) });
      if (after === undefined) total.skipped++;
      else {
        total.moved++;
        total.bytes += result.bytes;
        total.before += result.before;
        total.after += after;
      }
    }
    ctx.print(`${total.moved} files defragmented, ${bytes(total.bytes)}: ${total.before} extents before, ${total.after} after; ${total.skipped} left alone`, { type: 'results', ...total });
    return ExitCode.DONE;
  },
};

function line({ path, atMs, bytes: fileBytes, before, after, skipped }: FileResult): string {
  const what = skipped === undefined ? `${before} -> ${after} extents` : `${before} extents, left alone: ${SKIP_REASONS[skipped]}`;
  return `${new Date(atMs).toISOString()}  ${bytes(fileBytes)}  ${what}  ${toDisplay(path)}`;
}
