import { isUnder, relativeTo, toDisplay } from '@duet/core';
import type { BytePath, Logger, Problem } from '@duet/core';
import type { Passes } from '../command/arguments.js';
import { RsyncExit } from '../command/exit-code.js';
import type { Rsync, RsyncResult } from '../command/rsync.js';
import type { ChangeItem } from '../output/item-line.js';
import { parseComplaint } from '../output/complaint.js';
import { onlyFolderTimes } from './folder-times.js';
import type { Sides } from './folder-times.js';

/** How often it is gone over what differs: the source may change meanwhile. */
const TRIES = 3;

/** What the last pass works with. */
export interface LastPassOptions {
  readonly rsync: Rsync;
  readonly passes: Passes;
  /** Absolute path of the source. */
  readonly source: BytePath;
  /** Whether the folder of unfinished files is removed by a pass of its own. */
  readonly sweeps: boolean;
  /** Where both sides are of this machine, and times are compared by seconds: a pass that had nothing to do but folders' times is proof enough. */
  readonly sides?: Sides;
  readonly log: Logger;
  readonly problem: (problem: Problem) => void;
}

/**
 * Settles what is not the content of single files (folders, attributes, links,
 * devices, deletions) and what changed meanwhile, then has rsync look for
 * differences: what it still finds is reported. A pass that itself found
 * nothing to do but times of folders need not be followed by another look.
 */
export async function lastPass({ rsync, passes, source, sweeps, sides, log, problem }: LastPassOptions): Promise<void> {
  let settled: RsyncResult;
  let left: readonly ChangeItem[];
  let tries = 0;
  do {
    if (sweeps && tries === 0) await rsync.run('remove unfinished files', passes.sweep);
    settled = await rsync.run('settle folders, attributes and links', passes.last);
    const isProof = settled.exitCode === RsyncExit.DONE && sides !== undefined && onlyFolderTimes(settled.items, sides);
    left = isProof ? [] : (await rsync.run('look for differences', passes.proof)).items;
    tries++;
    log.debug(`last pass: ${settled.items.length} entries settled, ${left.length} differ`);
    // What could not be done will not be done by another try.
  } while (left.length > 0 && settled.exitCode === RsyncExit.DONE && tries < TRIES);
  let told = false;
  const tell = (one: Problem): void => {
    told = true;
    problem(one);
  };
  if (settled.exitCode === RsyncExit.MAX_DELETE) {
    tell({ path: '' as BytePath, code: 'DUET_ERR_RSYNC_DELETE', message: 'more entries of the target are not in the source than may be deleted' });
  }
  for (const { path, text } of settled.complaints.map(parseComplaint)) {
    if (path === undefined || settled.exitCode === RsyncExit.VANISHED) continue;
    tell({ path: isUnder(path, source) ? relativeTo(path, source) : path, code: 'DUET_ERR_RSYNC_FILE', message: text.replace(/^rsync: /, '') });
  }
  for (const { name, flags } of left) {
    if (settled.exitCode === RsyncExit.MAX_DELETE && flags === '*deleting') continue;
    tell({ path: name, code: 'DUET_ERR_RSYNC_DIFFERS', message: `${toDisplay(name) || 'the folder itself'} differs after the last pass: ${flags}` });
  }
  // Whatever it was: it is not all there.
  if (settled.exitCode === RsyncExit.PARTIAL && !told) tell({ path: '' as BytePath, code: 'DUET_ERR_RSYNC_FILE', message: settled.complaints[0] ?? 'rsync could not transfer some entries, and does not say which' });
}
