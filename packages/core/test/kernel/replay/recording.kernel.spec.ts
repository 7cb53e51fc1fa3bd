import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openDuet } from '../../../src/compose.js';
import type { Parts } from '../../../src/compose.js';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { RecordingScanner, RecordingSource, TraceWriter, openReplay } from '../../../src/kernel/replay/index.js';
import { TracefsSource } from '../../../src/kernel/tracefs/index.js';
import { fromText } from '../../../src/model/index.js';
import { makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';
import { dropPages, residentPages } from '../page-cache-calls.js';

describe('a recording of real events', function () {
  this.timeout(30_000);
  let fs: LoopFs;
  let folder: string;
  before(function () {
    needsRealKernel(this);
    folder = mkdtempSync(join(tmpdir(), 'duet-recording-'));
    fs = makeLoopFs('ext4', { sizeMiB: 100 });
    mkdirSync(join(fs.mountPoint, 'sub'));
    for (const name of ['a', 'sub/b']) writeFileSync(join(fs.mountPoint, name), Buffer.alloc(300_000, 1));
  });
  after(() => {
    fs?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Path to cached pages, as a task that watches `exists` gets to know them. */
  const watch = async (parts: Parts, meanwhile: () => Promise<void>): Promise<Map<string, number[]>> => {
    const duet = await openDuet({ stateDir: null }, parts);
    const cached = new Map<string, Set<number>>();
    try {
      const session = duet.register({ name: 'watch', path: fromText(fs.mountPoint), events: ['exists'] });
      await setTimeout(300);
      await meanwhile();
      await setTimeout(50);
      for (let items = session.fetch(1000); items.length > 0; items = session.fetch(1000)) {
        for (const { file, index, pages, events } of items) {
          const known = cached.get(file.path) ?? new Set();
          cached.set(file.path, known);
          for (let page = index; page < index + pages; page += 1) {
            if (events === 0) known.delete(page);
            else known.add(page);
          }
        }
      }
    } finally {
      await duet.close();
    }
    return new Map([...cached].map(([path, pages]) => [path, [...pages].filter((page) => page < 74).sort((a, b) => a - b)]));
  };

  it('tells a session the same when it is replayed, without the files', async () => {
    await fs.remount();
    const [a, b] = ['a', 'sub/b'].map((name) => join(fs.mountPoint, name));
    readFileSync(a);
    const trace = join(folder, 'trace.duet');
    const writer = new TraceWriter(trace);
    const live = await watch(
      {
        source: new RecordingSource(new TracefsSource(), writer),
        scanners: (path) => new RecordingScanner(new ThreadScanner(path), writer, path),
      },
      async () => {
        readFileSync(b);
        dropPages(a, 0, 128 * 1024);
      },
    );
    writer.close();
    assert.deepEqual(live.get('sub/b'), residentPages(b));
    assert.deepEqual(live.get('a'), residentPages(a));
    await fs.remount();
    assert.deepEqual(await watch(openReplay(trace), () => setTimeout(0)), live);
  });
});
