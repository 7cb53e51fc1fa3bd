import bytes from 'bytes';
import { ExitCode } from '@duet/core';
import type { PluginCommand } from '@duet/core';
import { parseSample } from '../verify/sample.js';
import { verify } from '../verify/verify.js';
import type { RepositoryProblem } from '../verify/verify.js';
import { pathFields, printableName } from './printable-name.js';
import { ProgressLog } from './progress-log.js';
import { READING_OPTIONS, withRepository } from './with-repository.js';

/** `duet backup verify`: whether everything could be restored. */
export const verifyCommand: PluginCommand = {
  name: 'verify',
  summary: 'check that all snapshots are complete, and read the packs, all or a sample',
  options: [...READING_OPTIONS, { flags: '--sample <n/t>', summary: 'read the packs of one of t parts (1/7, 2/7, …), or a percentage of all (2.5%); default: all' }],
  run(ctx) {
    const sample = parseSample(ctx.options['sample'] as string | undefined);
    return withRepository(ctx, async (repository, signal) => {
      const progress = new ProgressLog(ctx.log);
      const startMs = ctx.now();
      const events = {
        problem: ({ where, path, message }: RepositoryProblem) =>
          ctx.print(`${where}${path === undefined ? '' : `: ${printableName(path)}`}: ${message} [DUET_ERR_REPO_DAMAGED]`, {
            type: 'problem',
            code: 'DUET_ERR_REPO_DAMAGED',
            where,
            ...(path === undefined ? {} : pathFields(path)),
            message,
          }),
        progress: (read: number, all: number) => progress.tell(() => `${read} of ${all} packs read`),
      };
      const result = await verify(repository, sample, events, signal);
      if (result.orphans > 0) ctx.log.info(`${result.orphans} packs are in no index: an interrupted backup leaves such; \`restic prune\` removes them`);
      ctx.print(
        `looked at ${result.snapshots} snapshots, ${result.trees} lists of folders, ${result.packs} packs; read ${result.packsRead} packs, ${bytes(result.bytesRead)}: ${result.problems} problems`,
        { type: 'verified', wallMs: ctx.now() - startMs, ...result },
      );
      return result.problems > 0 ? ExitCode.PROBLEMS : ExitCode.DONE;
    });
  },
};
