import { ExitCode } from '@duet/core';
import type { PluginCommand } from '@duet/core';
import { listSnapshots } from '../repository/snapshot.js';
import type { StoredSnapshot } from '../repository/snapshot.js';
import { printableText } from './printable-name.js';
import { READING_OPTIONS, withRepository } from './with-repository.js';

/** `duet backup snapshots`: what there is to restore. */
export const snapshotsCommand: PluginCommand = {
  name: 'snapshots',
  summary: 'list the snapshots of the repository, the latest last',
  options: [
    ...READING_OPTIONS,
    { flags: '--host <name>', summary: 'of this host only' },
    { flags: '--tag <tag>', summary: 'with this tag only; all of them, if given several times', repeatable: true },
    { flags: '--path <path>', summary: 'of this path only' },
  ],
  run: (ctx) =>
    withRepository(ctx, async ({ files }) => {
      const { host, path, tag = [] } = ctx.options;
      const snapshots = (await listSnapshots(files)).filter(
        ({ hostname, paths, tags }) =>
          (host === undefined || hostname === host) && (path === undefined || paths.includes(path as string)) && [tag].flat().every((one) => tags.includes(one as string)),
      );
      const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...snapshots.map((snapshot) => cells(snapshot)[column].length)));
      for (const snapshot of snapshots) {
        const line = cells(snapshot).map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
        ctx.print(line.trimEnd(), { type: 'snapshot', ...snapshot });
      }
      if (snapshots.length === 0) ctx.log.warn('there are no such snapshots');
      return ExitCode.DONE;
    }),
};

function cells({ id, time, hostname, tags, paths }: StoredSnapshot): string[] {
  const local = new Date(time).toLocaleString('sv');
  return [id.slice(0, 8), local, printableText(hostname), tags.map(printableText).join(','), paths.map(printableText).join(' ')];
}
