import { lstatSync } from 'node:fs';
import { DuetError, toBytes, toDisplay } from '@duet/core';
import type { BytePath } from '@duet/core';
import { RsyncExit } from '../command/exit-code.js';
import type { RsyncResult } from '../command/rsync.js';
import type { Mirror } from '../mirror.js';
import { needsData } from '../output/item-line.js';
import { parseComplaint } from '../output/complaint.js';
import type { NewFolders } from './new-folders.js';
import { entriesOf } from './whole-folders.js';
import type { Outcome } from './transfers.js';

/** It is there. */
export const DONE: Outcome = { done: true };

/**
 * Transfers the content of some files, by their names relative to the source,
 * and tells of each whether it is there.
 *
 * An rsync that came to its end with everything vouches for all of them. After
 * one that could not transfer some, what is left is asked of another one, and
 * what it is that was wrong is taken from what the first one said. It sends
 * at most `bytesPerSecond`, unless the options say how much. `newFolders`
 * makes the folders that the target does not have.
 */
export async function transferBatch(mirror: Mirror, names: readonly BytePath[], bytesPerSecond: number, newFolders?: NewFolders): Promise<readonly Outcome[]> {
  const { rsync, passes, source } = mirror;
  const pace = bytesPerSecond === Infinity ? [] : [`--bwlimit=${Math.ceil(bytesPerSecond / 1024)}`];
  const send = (files: readonly BytePath[]): Promise<RsyncResult> => rsync.run('transfer files', [...pace, ...passes.batch], { files });
  const { files, folders } = mirror.list(names);
  const runs: RsyncResult[] = [];
  const missing = folders.length === 0 ? undefined : await newFolders?.make(folders, pace);
  if (missing !== undefined) {
    const single = [...files, ...missing.flatMap((folder) => folder.files)];
    if (single.length > 0) runs.push(await send(single));
  } else {
    runs.push(await send([...entriesOf(folders), ...files]));
    const unsure = folders.filter((folder) => folder.hasChanged()).flatMap((folder) => folder.files);
    if (unsure.length > 0) runs.push(await send(unsure));
  }
  if (runs.every(({ exitCode }) => exitCode === RsyncExit.DONE)) return names.map(() => DONE);
  const rest = await rsync.run('see what is left of files', passes.rest, { files: names });
  const left = new Set(rest.items.filter(needsData).map(({ name }) => name));
  const said = runs.flatMap(({ complaints }) => complaints);
  const complaints = said.map(parseComplaint);
  return names.map((name): Outcome => {
    if (!exists(source, name)) return { done: false, error: vanished(name) };
    if (!left.has(name)) return DONE;
    const about = complaints.find(({ path }) => path === name || path?.endsWith(`/${name}`) === true);
    return { done: false, error: failed(name, about?.reason ?? about?.text ?? said[0] ?? 'rsync does not say why') };
  });
}

function exists(source: string, name: BytePath): boolean {
  return lstatSync(Buffer.concat([Buffer.from(`${source}/`), toBytes(name)]), { throwIfNoEntry: false }) !== undefined;
}

function vanished(name: BytePath): DuetError {
  return new DuetError('DUET_ERR_VANISHED', { operation: 'mirror a file', message: `${toDisplay(name)} is no longer there`, path: toDisplay(name) });
}

function failed(name: BytePath, reason: string): DuetError {
  return new DuetError('DUET_ERR_RSYNC_FILE', { operation: 'mirror a file', message: `cannot mirror ${toDisplay(name)}: ${reason}`, path: toDisplay(name) });
}
