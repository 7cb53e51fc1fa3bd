import bytes from 'bytes';
import { ExitCode } from '@duet/core';
import type { CommandContext, PluginCommand } from '@duet/core';
import { restore } from '../restore/restorer.js';
import { namedNodes, SNAPSHOT_ARGUMENT } from './named-snapshot.js';
import { pathFields, printableName } from './printable-name.js';
import { ProgressLog } from './progress-log.js';
import { READING_OPTIONS, withRepository } from './with-repository.js';

/** `duet backup restore SNAPSHOT[:PATH] TARGET`: brings files back. */
export const restoreCommand: PluginCommand = {
  name: 'restore',
  summary: 'bring the files of a snapshot back, into a folder',
  args: [SNAPSHOT_ARGUMENT, { name: '<target>', summary: 'folder to restore to, made if it is not there; files in it that have the same name are replaced' }],
  options: [
    ...READING_OPTIONS,
    { flags: '--include <pattern>', summary: 'only what matches, as in restic; may be given several times', repeatable: true },
    { flags: '--exclude <pattern>', summary: 'not what matches; may be given several times', repeatable: true },
  ],
  run: (ctx) =>
    withRepository(ctx, async (repository, signal) => {
      const top = await namedNodes(ctx, repository);
      const progress = new ProgressLog(ctx.log);
      const startMs = ctx.now();
      const result = await restore(
        repository,
        top,
        ctx.args['target'] as string,
        { include: patterns(ctx, 'include'), exclude: patterns(ctx, 'exclude') },
        {
          problem: (path, { code, message, hint }) =>
            ctx.print(`${printableName(path)}: ${message} [${code}]\n  hint: ${hint}`, { type: 'problem', ...pathFields(path), code, message, hint }),
          progress: (done, total) =>
            progress.tell(() => `${done.entries} of ${total.entries} entries, ${bytes(done.bytes)} of ${bytes(total.bytes)} restored`),
        },
        signal,
      );
      const { entries, problems, ownersKept } = result;
      if (ownersKept > 0) ctx.log.warn(`${ownersKept} entries are yours now, and not their owners’: only root may give files away`);
      ctx.print(`restored ${entries} entries, ${bytes(result.bytes)}, of ${top.snapshot.id.slice(0, 8)}; ${problems} problems`, {
        type: 'restored',
        snapshot: top.snapshot.id,
        wallMs: ctx.now() - startMs,
        ...result,
      });
      return problems > 0 ? ExitCode.PROBLEMS : ExitCode.DONE;
    }),
};

function patterns({ options }: CommandContext, name: string): string[] {
  return [options[name] ?? []].flat().map(String);
}
