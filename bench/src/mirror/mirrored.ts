import { join } from 'node:path';
import { runDuet } from '../duet/duet-command.js';
import type { DuetRun } from '../duet/duet-command.js';
import type { Group } from '../lab/cgroups.js';
import type { Lab } from '../lab/lab.js';
import type { ProgramResult } from '../lab/program.js';

/** Where a mirror is made, and by which program. */
export interface Mirroring {
  readonly lab: Lab;
  /** Folder that is mirrored. */
  readonly root: string;
  /** A new empty folder, in which the mirror is made. */
  readonly scratch: string;
  readonly group: Group;
}

/** The mirror that the programs make in a scratch folder. */
export function mirrorIn(scratch: string): string {
  return join(scratch, 'mirror');
}

/** A mirror made by Duet. @throws {LabError} if it fails. */
export function byDuet({ lab, root, scratch, group }: Mirroring): Promise<DuetRun> {
  return runDuet(lab, ['rsync'], { path: root, state: lab.scratch(), group, args: ['--set', `rsync.target=${mirrorIn(scratch)}`] });
}

/** The same without regard for others: what is written counts as somebody who waits for the disk. */
export function byDuetUnpaced({ lab, root, scratch, group }: Mirroring): Promise<DuetRun> {
  return runDuet(lab, ['rsync'], { path: root, state: lab.scratch(), group, args: ['--set', `rsync.target=${mirrorIn(scratch)}`, '--io-pressure', '0'] });
}

/** The same, by what people use today. @throws {LabError} if it fails. */
export function byRsync({ lab, root, scratch, group }: Mirroring): Promise<ProgramResult> {
  return lab.run(['rsync', '-a', `${root}/`, mirrorIn(scratch)], { group });
}
