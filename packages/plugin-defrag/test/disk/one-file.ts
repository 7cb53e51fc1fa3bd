import { closeSync, openSync } from 'node:fs';
import { fromText, toBytes } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { close, Stat } from '@duet/core/kernel/syscalls';
import { readLayout } from '../../src/layout/file-layout.js';
import type { DefragJob, DefragOutcome } from '../../src/thread/defrag-job.js';
import { FileDefragmenter } from '../../src/thread/file-defragmenter.js';

export interface OneFileOptions extends Partial<DefragJob> {
  readonly stopped?: () => boolean;
  readonly movers?: ConstructorParameters<typeof FileDefragmenter>[2];
}

/** Defragments one file below `folder`, as the thread of a task would. */
export function defragment(folder: string, name: string | BytePath, { stopped = () => false, movers, ...job }: OneFileOptions = {}): DefragOutcome {
  const path = fromText(name);
  const root = Root.open(fromText(folder));
  try {
    const stat = new Stat();
    const fd = root.openFile(path);
    stat.read(fd);
    close(fd);
    return new FileDefragmenter(root, stopped, movers).defragment({ path, ino: stat.ino, statDev: stat.dev, minExtents: 4, shared: false, verify: false, ...job });
  } finally {
    root.close();
  }
}

/** In how many pieces a file lies. */
export function fragmentsOf(file: string): number {
  const fd = openSync(toBytes(fromText(file)), 'r');
  try {
    const layout = readLayout(fd);
    if (typeof layout === 'number') throw new Error(`${file}: errno ${layout}`);
    return layout.fragments;
  } finally {
    closeSync(fd);
  }
}
