import type { BytePath, DoneSet } from '@duet/core';
import type { Invocation } from '../invocation.js';
import { jsonLine, pathFields } from '../render/json-line.js';
import { printablePath } from '../render/printable.js';
import { counted } from '../render/quantity.js';
import { selectTasks } from '../task-selection.js';

/** First and last number of neighbouring files that are done. */
type Range = readonly [first: number, last: number];

/** The done bits of a task, as ranges of file numbers. Resolves to the exit code. */
export async function bitmapCommand(name: string, options: { readonly path?: string }, invocation: Invocation): Promise<number> {
  const { environment, json, stateDir } = invocation;
  const view = await (await environment.framework()).viewState(stateDir);
  try {
    for (const task of selectTasks(view, name, options.path)) {
      const done = await (view as NonNullable<typeof view>).loadDone(task.id);
      const path = task.path as BytePath;
      const ranges = rangesOf(done);
      const partial = [...done.partial.values()].map(({ no, segments }) => ({ no, segments: Buffer.from(segments).toString('base64') }));
      environment.stdout.write(
        json
          ? jsonLine({ type: 'bitmap', task: name, ...pathFields(path), cycle: task.cycle, done: done.size, ranges, partial })
          : `${name} on ${printablePath(path)}, cycle ${task.cycle}: ${counted(done.size, 'file')} done, ${partial.length} in part\n${rangesText(ranges)}`,
      );
    }
    return 0;
  } finally {
    await view?.close();
  }
}

/** Neighbouring numbers of done files, joined. */
export function rangesOf(done: Pick<DoneSet, 'has' | 'size'>): Range[] {
  const ranges: Range[] = [];
  // Numbers are dense and begin at 1, so the last one is near.
  for (let no = 1, found = 0; found < done.size; no += 1) {
    if (!done.has(no)) continue;
    found += 1;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === no - 1) ranges[ranges.length - 1] = [last[0], no];
    else ranges.push([no, no]);
  }
  return ranges;
}

function rangesText(ranges: readonly Range[]): string {
  return ranges.map(([first, last]) => (first === last ? `  ${first}\n` : `  ${first}-${last}\n`)).join('');
}
