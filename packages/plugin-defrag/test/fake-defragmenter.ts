import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuetError, toDisplay } from '@duet/core';
import type { Plugin } from '@duet/core';
import { defrag } from '../src/index.js';
import type { DefragJob, DefragOutcome } from '../src/thread/defrag-job.js';
import { DEFRAGMENTER } from '../src/thread/defragmenter.js';
import type { Defragmenter } from '../src/thread/defragmenter.js';

type Answer = (job: DefragJob) => DefragOutcome;

/** What the job has the real one do, without a file system that moves anything: reads the file, and says that it had 50 extents. */
export function movedByFake(folder: string, { path }: DefragJob): DefragOutcome {
  const file = join(folder, toDisplay(path));
  const { size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  const bytes = readFileSync(file).length;
  return { kind: 'moved', before: 50, after: 1, cost: { bytesFromCache: 0, bytesFromDisk: bytes, seen: { size: Number(size), mtimeNs, ctimeNs } } };
}

class FakeDefragmenter implements Defragmenter {
  readonly #answer: Answer;
  #aborted = false;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  async defragment(job: DefragJob): Promise<DefragOutcome> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#aborted) return { kind: 'aborted' };
    try {
      return this.#answer(job);
    } catch {
      throw new DuetError('DUET_ERR_VANISHED', { operation: 'open the file', message: 'gone' });
    }
  }

  abort(): void {
    this.#aborted = true;
  }

  async close(): Promise<void> {}
}

/** The plugin with a defragmenter that gives `answer`; default: all files are moved. */
export function defragWith(answer?: (folder: string, job: DefragJob) => DefragOutcome): Plugin {
  return {
    ...defrag,
    create: (ctx) => {
      ctx.provide(DEFRAGMENTER, () => (path) => new FakeDefragmenter((job) => (answer ?? movedByFake)(toDisplay(path), job)));
      return defrag.create(ctx);
    },
  };
}
