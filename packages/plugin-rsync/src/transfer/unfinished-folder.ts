import { readdirSync, rmSync } from 'node:fs';
import { fromText, Root } from '@duet/core';
import { close, EACCES, Stat } from '@duet/core/kernel/syscalls';
import { isGuarded } from './guarded.js';
import { PLACE } from './new-folders.js';
import { COPY } from './unfinished-copy.js';

/** Opens the folder of unfinished files, through no link, if nobody else may put anything in the place of what is in it. A descriptor, or negative errno. */
export function openUnfinished(target: Root, name: string): number {
  const folder = target.openFolder(fromText(name));
  if (folder < 0) return folder;
  const stat = new Stat();
  const failed = stat.read(folder);
  if (failed === 0 && isGuarded(stat)) return folder;
  close(folder);
  return failed < 0 ? failed : -EACCES;
}

/**
 * Removes what a run that was killed left of new folders, and of files that it
 * copied itself: nothing would use it, and it takes room. What cannot be
 * removed, the last pass does.
 */
export function removeLeftovers(target: string, name: string): void {
  const root = Root.open(fromText(target));
  try {
    const folder = openUnfinished(root, name);
    if (folder < 0) return;
    try {
      removeOurs(`/proc/self/fd/${folder}`);
    } finally {
      close(folder);
    }
  } finally {
    root.close();
  }
}

function removeOurs(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!PLACE.test(name) && !COPY.test(name)) continue;
    try {
      rmSync(`${folder}/${name}`, { recursive: true, force: true });
    } catch {
      // The others may still go.
    }
  }
}
