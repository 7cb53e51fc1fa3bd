import bytes from 'bytes';
import { ExitCode, toDisplay } from '@duet/core';
import type { CommandContext, PluginCommand } from '@duet/core';
import { RecordBook } from '../record/record-book.js';
import { hex } from '../record/record.js';
import type { OpenProblem, ScrubRecord } from '../record/record.js';
import { pathFields } from './path-fields.js';
import { namedPath, recordedFiles } from './recorded-files.js';

/** `duet scrub report [path]`: what is recorded, when it was verified, what is wrong. */
export const reportCommand: PluginCommand = {
  name: 'report',
  summary: 'show what is recorded and verified, and the open problems; exit code 1 if there are some',
  args: [{ name: '[path]', summary: 'only files at or below this path' }],
  async run(ctx) {
    const book = new RecordBook(ctx.state);
    const total = { files: 0, bytes: 0, verifiedFiles: 0, verifiedBytes: 0, oldestVerifiedMs: Infinity };
    const wrong: { record: ScrubRecord; problem: OpenProblem }[] = [];
    for await (const { no, record } of recordedFiles(book, namedPath(ctx.args['path']), ctx.signal)) {
      total.files++;
      total.bytes += record.size;
      if (record.problem) wrong.push({ record, problem: record.problem });
      const verifiedAtMs = book.verifiedAtMs(no, record);
      if (verifiedAtMs === 0) continue;
      total.verifiedFiles++;
      total.verifiedBytes += record.size;
      total.oldestVerifiedMs = Math.min(total.oldestVerifiedMs, verifiedAtMs);
    }
    wrong.sort((a, b) => (a.record.path < b.record.path ? -1 : 1));
    for (const { record, problem } of wrong) printProblem(ctx, record, problem);
    const oldest = total.verifiedFiles === 0 ? null : total.oldestVerifiedMs;
    ctx.print(
      [
        `recorded             ${total.files} files, ${bytes(total.bytes)}`,
        `verified             ${total.verifiedFiles} files, ${bytes(total.verifiedBytes)}`,
        `never verified       ${total.files - total.verifiedFiles} files`,
        `oldest verification  ${oldest === null ? 'none' : new Date(oldest).toISOString()}`,
        `open problems        ${wrong.length}`,
      ].join('\n'),
      { type: 'report', ...total, oldestVerifiedMs: oldest, problems: wrong.length },
    );
    return wrong.length > 0 ? ExitCode.PROBLEMS : ExitCode.DONE;
  },
};

function printProblem(ctx: CommandContext, { path }: ScrubRecord, problem: OpenProblem): void {
  const { atMs, offset } = problem;
  const where = offset === undefined ? '' : ` at byte ${offset}`;
  const seen = new Date(atMs).toISOString();
  const place = { type: 'problem', ...pathFields(path), ...(offset === undefined ? {} : { offset }), seenMs: atMs };
  if (problem.kind === 'read') {
    ctx.print(`${toDisplay(path)}: cannot be read${where}: ${problem.errno} (${seen})`, { ...place, code: 'DUET_ERR_READ', errno: problem.errno });
    return;
  }
  const recorded = hex(problem.recorded);
  const read = hex(problem.read);
  ctx.print(`${toDisplay(path)}: content differs${where} (${seen})\n  recorded ${recorded}\n  read     ${read}`, {
    ...place,
    code: 'DUET_ERR_SCRUB_MISMATCH',
    recorded,
    read,
  });
}
