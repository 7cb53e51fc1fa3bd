import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { definePlugin, fromText, openDuet, toDisplay } from '@duet/core';
import type { RunEvent, RunSummary, TaskRequest, Unit, UnitCost } from '@duet/core';
import { defrag } from '../src/index.js';
import { makeFragmented } from '../src/testing/index.js';
import { FS_TYPES, LoopFs } from './disk/loop-fs.js';
import { fragmentsOf } from './disk/one-file.js';

const FILES = 24;
const PIECES = 50;
const PIECE_BYTES = 16 * 1024;
const FILE_BYTES = PIECES * PIECE_BYTES;

for (const fsType of FS_TYPES) {
  describe(`a run of defrag on ${fsType}`, function () {
    this.timeout(60_000);
    const fs = new LoopFs(fsType);
    const names = Array.from({ length: FILES }, (_, i) => `file-${i}`);
    const contents = new Map<string, Buffer>();
    const data = (): string => join(fs.path, 'data');
    const at = (name: string): string => join(data(), name);
    let state = '';
    /** How often another task read each file. */
    const read = new Map<string, number>();
    const reader = definePlugin({
      name: 'reader',
      summary: 'reads',
      core: '^0.1.0',
      config: z.strictObject({ files: z.number().default(Infinity) }),
      create: (ctx) => {
        const readWhole = async (unit: Unit): Promise<UnitCost | void> => {
          if (read.size >= ctx.config.files) return { bytesFromCache: 0, bytesFromDisk: 0, skipped: 'enough' };
          for await (const piece of ctx.read(unit)) assert.ok(piece.length > 0);
          const name = toDisplay(unit.file.path);
          read.set(name, (read.get(name) ?? 0) + 1);
          if (read.size === ctx.config.files) ctx.enough('as many as were asked for');
          return undefined;
        };
        let turn: Promise<unknown> = Promise.resolve();
        return {
          process: (unit) => {
            const reading = turn.then(() => readWhole(unit));
            turn = reading.catch(() => undefined);
            return reading;
          },
        };
      },
    });

    async function runTasks(...tasks: TaskRequest[]): Promise<{ summary: RunSummary; events: RunEvent[] }> {
      const duet = await openDuet({ stateDir: state, plugins: [defrag, reader], source: 'tracefs' });
      try {
        const run = duet.run({ tasks, path: fromText(data()) });
        const events: RunEvent[] = [];
        run.events$.subscribe((event) => events.push(event));
        return { summary: await run.done, events };
      } finally {
        await duet.close();
      }
    }

    beforeEach(async () => {
      state = mkdtempSync(join(tmpdir(), 'duet-defrag-state-'));
      mkdirSync(data());
      for (const name of names) contents.set(name, makeFragmented(at(name), { fsType, pieces: PIECES, pieceBytes: PIECE_BYTES }));
      read.clear();
      await sleep(100);
      fs.cold();
    });
    afterEach(() => {
      rmSync(data(), { recursive: true });
      rmSync(state, { recursive: true });
    });

    const sound = (): void => {
      fs.cold();
      for (const name of names) assert.ok(readFileSync(at(name)).equals(contents.get(name)!), name);
    };
    const moved = (): string[] => names.filter((name) => fragmentsOf(at(name)) < PIECES);

    it('with half of the files cached and maxBytes at half, moves those, to two extents at most, and leaves the disk alone', async function () {
      // Whoever empties the machine's cache meanwhile makes it read.
      this.retries(2);
      const cached = names.filter((_, i) => i % 2 === 0);
      for (const name of cached) readFileSync(at(name));
      const before = fs.bytesRead();
      const { summary } = await runTasks({ plugin: 'defrag', config: { minBytes: FILE_BYTES, maxBytes: (FILES * FILE_BYTES) / 2 } });
      const readBytes = fs.bytesRead() - before;
      const [task] = summary.tasks;
      assert.equal(task.filesDone, FILES / 2);
      assert.deepEqual(moved(), cached);
      for (const name of cached) assert.ok(fragmentsOf(at(name)) <= 2, name);
      assert.ok(readBytes <= task.bytesFromDisk + 0.03 * FILES * FILE_BYTES, `${readBytes} bytes read`);
      assert.equal(task.bytesFromCache, (FILES * FILE_BYTES) / 2);
      sound();
    });

    it('maxBytes is kept to one file', async () => {
      await runTasks({ plugin: 'defrag', config: { minBytes: 1, maxBytes: 4.5 * FILE_BYTES } });
      assert.equal(moved().length, 5);
      sound();
    });

    it('done bits of another task survive, in the same run and between runs', async () => {
      await runTasks({ plugin: 'reader', config: { files: FILES / 2 } });
      assert.equal(read.size, FILES / 2);
      const first = new Set(read.keys());
      await runTasks({ plugin: 'defrag', config: { minBytes: 1 } });
      assert.equal(moved().length, FILES);
      const { summary } = await runTasks({ plugin: 'reader' });
      assert.deepEqual([...read].filter(([, times]) => times !== 1), [], 'read twice');
      assert.equal(read.size, FILES);
      assert.ok(summary.tasks[0].cycleComplete);
      assert.ok([...first].every((name) => statSync(at(name)).size === FILE_BYTES));
      sound();
    });

    it('beside another task, each file is read from the disk once, by both', async () => {
      const { summary } = await runTasks({ plugin: 'reader' }, { plugin: 'defrag', config: { minBytes: 1 } });
      assert.deepEqual([...read].filter(([, times]) => times !== 1), [], 'read twice');
      assert.equal(moved().length, FILES);
      assert.equal(summary.tasks.reduce((sum, { bytesFromDisk }) => sum + bytesFromDisk, 0), FILES * FILE_BYTES);
      sound();
    });
  });
}
