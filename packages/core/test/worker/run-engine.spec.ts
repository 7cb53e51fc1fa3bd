import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { definePlugin, DuetError, fromText, openDuet } from '../../src/index.js';
import type { PluginHooks, RunOptions, Unit } from '../../src/index.js';
import { MemoryStore, runPlugin, ScriptedPageCache } from '../../src/testing/index.js';
import type { CacheBounds, RunCache } from '../../src/worker/index.js';

const MIB = 2 ** 20;

/** A plugin with these hooks. */
function pluginOf(hooks: (log: Unit[]) => Partial<PluginHooks>, incremental = false): { plugin: ReturnType<typeof definePlugin>; units: Unit[] } {
  const units: Unit[] = [];
  const plugin = definePlugin({
    name: 'probe',
    summary: 'notes its units',
    core: '^0.1.0',
    config: z.strictObject({}),
    incremental,
    create: () => ({
      process: async (unit) => {
        units.push(unit);
        await sleep(0);
      },
      ...hooks(units),
    }),
  });
  return { plugin, units };
}

/** Runs it over the folder with the given options; for what `runPlugin` has no option for. */
async function runWith(plugin: ReturnType<typeof definePlugin>, folder: string, options: Partial<RunOptions>, cache = new ScriptedPageCache(folder)) {
  const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { source: cache.source, scanners: cache.scanners });
  try {
    return await duet.run({ tasks: [{ plugin: plugin.name }], path: fromText(realpathSync(folder)), ...options }).done;
  } finally {
    await duet.close();
  }
}

function partsOf(folder: string) {
  const cache = new ScriptedPageCache(folder);
  return { source: cache.source, scanners: cache.scanners };
}

/** A cache of these bounds, of which nothing else is told. */
function cacheWith(bounds: CacheBounds): RunCache {
  return { bounds: () => bounds, take: () => undefined, pagesChanged: () => undefined, release: () => undefined, flush: () => undefined, close: async () => undefined };
}

describe('a run', () => {
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'duet-run-'));
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(folder, name), Buffer.alloc(4 * 4096, name));
    // Older than the clock's tick, so that their times can be trusted.
    await sleep(30);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the file with most cached pages first, then the others by their place', async () => {
    const cache = new ScriptedPageCache(folder);
    cache.add('b', 0, 1);
    cache.add('d', 0, 3);
    const { plugin, units } = pluginOf(() => ({}));
    await runPlugin(plugin, { folder, cache });
    assert.deepEqual(units.slice(0, 2).map(({ file, reason, cachedBytes }) => [file.path, reason, cachedBytes]), [['d', 'cached', 3 * 4096], ['b', 'cached', 4096]]);
    assert.deepEqual(units.slice(2).map(({ reason }) => reason), ['cold', 'cold']);
  });

  it('finds files while its tasks are opened, and shows them none before they are', async () => {
    let opened = false;
    const early: string[] = [];
    const { plugin, units } = pluginOf(() => ({
      open: async () => {
        await sleep(300);
        opened = true;
      },
      accepts: ({ path }) => {
        if (!opened) early.push(path);
        return true;
      },
    }));
    await runWith(plugin, folder, {});
    assert.deepEqual(early, []);
    assert.deepEqual(units.map(({ file }) => file.path).sort(), ['a', 'b', 'c', 'd']);
  });

  it('follows pages that enter the cache meanwhile', async () => {
    for (let i = 0; i < 40; i++) writeFileSync(join(folder, `more-${i}`), 'x'.repeat(6 * MIB));
    await sleep(30);
    const cache = new ScriptedPageCache(folder);
    const { plugin, units } = pluginOf((seen) => ({
      process: async (unit) => {
        seen.push(unit);
        if (seen.length === 1) cache.add('more-39', 0, 64);
        await sleep(40);
      },
    }));
    await runPlugin(plugin, { folder, cache });
    const turn = units.findIndex((unit) => unit.file.path === 'more-39');
    assert.ok(turn === 0 || units[turn].reason === 'cached' || turn < 6, `it came as number ${turn}, ${units[turn].reason}`);
  });

  it('gives a task as much at once as it says, of what is cached and of what is not', async () => {
    for (let i = 0; i < 20; i++) writeFileSync(join(folder, `more-${i}`), 'x'.repeat(MIB));
    await sleep(30);
    for (const [cached, atOnce, most] of [
      [true, { units: 5, bytes: 100 * MIB, coldBytes: MIB }, 5],
      [true, { units: 100, bytes: 8 * MIB, coldBytes: MIB }, 8],
      [false, { units: 100, bytes: 100 * MIB, coldBytes: 10 * MIB }, 10],
    ] as const) {
      const cache = new ScriptedPageCache(folder);
      if (cached) for (let i = 0; i < 20; i++) cache.add(`more-${i}`, 0, MIB / 4096);
      let [busy, peak] = [0, 0];
      const { plugin } = pluginOf(() => ({
        atOnce: () => atOnce,
        accepts: (file) => file.size === MIB,
        process: async () => {
          peak = Math.max(peak, ++busy);
          await sleep(20);
          busy--;
        },
      }));
      await runPlugin(plugin, { folder, cache });
      assert.equal(peak, most);
    }
  });

  it('tells a task that collects units when there are no more, and again when one comes back', async () => {
    for (let i = 0; i < 100; i++) writeFileSync(join(folder, `more-${i}`), 'x');
    await sleep(30);
    const waiting: (() => void)[] = [];
    const told: number[] = [];
    const { plugin, units } = pluginOf((seen) => ({
      process: (unit) => {
        seen.push(unit);
        return new Promise((resolve) => waiting.push(resolve));
      },
      allGiven: () => {
        told.push(waiting.length);
        // It changed while it was processed.
        if (told.length === 1) writeFileSync(join(folder, 'more-7'), 'changed');
        for (const settle of waiting.splice(0)) settle();
      },
    }));
    await runPlugin(plugin, { folder });
    assert.deepEqual(told, [units.length - 1, 1]);
    assert.equal(units.at(-1)?.file.path, 'more-7');
  });

  it('gives every unit by name with order "path"', async () => {
    mkdirSync(join(folder, 'b.d'));
    writeFileSync(join(folder, 'b.d', 'e'), '1');
    const cache = new ScriptedPageCache(folder);
    cache.add('d', 0, 4);
    const { plugin, units } = pluginOf(() => ({}));
    await runWith(plugin, folder, { order: 'path' }, cache);
    assert.deepEqual(units.map(({ file }) => file.path), ['a', 'b', 'b.d/e', 'c', 'd']);
  });

  it('cuts large files into segments, and goes on within one after a stop', async () => {
    truncateSync(join(folder, 'a'), 100 * MIB + 5);
    await sleep(30);
    const store = new MemoryStore();
    const { plugin, units } = pluginOf((seen) => ({
      accepts: (file) => file.path === 'a',
      process: async (unit) => {
        seen.push(unit);
        await sleep(20);
      },
    }));
    const first = await runPlugin(plugin, { folder, store, onEvent: (event, stop) => void (event.type === 'unit' && stop()) });
    assert.equal(first.summary.exitCode, 143);
    const before = new Set(first.events.flatMap((event) => (event.type === 'unit' ? [event.offset] : [])));
    assert.ok(before.size > 0 && before.size < 7);
    units.length = 0;
    const second = await runPlugin(plugin, { folder, store });
    assert.equal(second.summary.exitCode, 0);
    const after = units.map((unit) => unit.offset);
    assert.deepEqual([...before, ...after].sort((x, y) => x - y), [0, 16, 32, 48, 64, 80, 96].map((mib) => mib * MIB));
    assert.equal(units.find((unit) => unit.offset === 96 * MIB)?.bytes ?? 4 * MIB + 5, 4 * MIB + 5);
    assert.equal(second.summary.tasks[0].filesDone, 1);
  });

  it('cuts large files the same, whatever waits to be written when it begins', async () => {
    truncateSync(join(folder, 'a'), 100 * MIB);
    await sleep(30);
    const capacityBytes = 300 * MIB;
    const { plugin, units } = pluginOf(() => ({ accepts: (file) => file.path === 'a' }));
    for (const budgetBytes of [capacityBytes / 4, 20 * 4096]) {
      units.length = 0;
      const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { ...partsOf(folder), cache: () => cacheWith({ capacityBytes, budgetBytes, headroomBytes: Infinity }) });
      try {
        await duet.run({ tasks: [{ plugin: 'probe' }], path: fromText(realpathSync(folder)) }).done;
      } finally {
        await duet.close();
      }
      assert.deepEqual(units.map((unit) => unit.offset / MIB).sort((x, y) => x - y), [0, 16, 32, 48, 64, 80, 96]);
    }
  });

  it('processes a file again that changed while it was processed', async () => {
    let times = 0;
    const { plugin } = pluginOf(() => ({
      process: async (unit) => {
        if (unit.file.path !== 'b') return;
        if (++times === 1) appendFileSync(join(folder, 'b'), 'more');
        await sleep(5);
      },
    }));
    const { summary, problems } = await runPlugin(plugin, { folder });
    assert.equal(times, 2);
    assert.deepEqual(problems, []);
    assert.equal(summary.tasks[0].filesDone, 4);
  });

  it('gives up a file that changes every time, and says so', async () => {
    const { plugin } = pluginOf(() => ({
      process: async (unit) => {
        if (unit.file.path === 'b') appendFileSync(join(folder, 'b'), 'more');
        await sleep(1);
      },
    }));
    const { summary, problems } = await runPlugin(plugin, { folder });
    assert.deepEqual(problems.map(({ code, path }) => [code, path]), [['DUET_ERR_CHANGING', 'b']]);
    assert.equal(summary.exitCode, 1);
    assert.equal(summary.tasks[0].filesDone, 3);
  });

  it('processes a done file again when a page of it became dirty and its times moved, and not otherwise', async () => {
    const cache = new ScriptedPageCache(folder);
    let changed = false;
    const { plugin, units } = pluginOf((seen) => ({
      process: async (unit) => {
        seen.push(unit);
        // The last one: the others are done by now.
        if (seen.length < 4 || changed) return;
        changed = true;
        await sleep(60);
        const [first, second] = seen;
        appendFileSync(join(folder, first.file.path), 'changed');
        cache.dirty(first.file.path);
        cache.dirty(second.file.path);
        await sleep(60);
      },
    }));
    const { summary } = await runPlugin(plugin, { folder, cache });
    const names = units.map(({ file }) => file.path);
    assert.equal(names.length, 5);
    assert.equal(names[4], names[0]);
    assert.equal(summary.tasks[0].filesDone, 4);
  });

  it('processes a done file again in the next run if it changed while nothing watched', async () => {
    const store = new MemoryStore();
    const { plugin, units } = pluginOf((seen) => ({
      process: async (unit) => {
        seen.push(unit);
        await sleep(seen.length === 4 ? 3000 : 0, undefined, { ref: false });
      },
    }));
    const first = await runPlugin(plugin, { folder, store, onEvent: (event, stop) => void (event.type === 'checkpoint' && stop()) });
    assert.equal(first.summary.tasks[0].filesDone >= 3, true);
    const [changed] = units.map(({ file }) => file.path);
    appendFileSync(join(folder, changed), 'changed');
    await sleep(30);
    units.length = 0;
    await runPlugin(pluginOf(() => ({ process: async (unit) => void units.push(unit) })).plugin, { folder, store });
    assert.ok(units.some(({ file }) => file.path === changed));
    assert.ok(units.length <= 2);
  });

  describe('after a cycle', () => {
    const FILES = 3000;
    /** Keeps the version of each file that it was given, as a backup does. */
    function keeper() {
      const kept = new Map<string, bigint>();
      const force = { all: false };
      const made = pluginOf((seen) => ({
        accepts: (file) => force.all || kept.get(file.path) !== file.mtimeNs,
        process: async (unit) => {
          seen.push(unit);
          kept.set(unit.file.path, unit.file.mtimeNs);
        },
      }), true);
      return { ...made, force };
    }
    /** Counts the rows that scans gave, and of them those that were skimmed over. */
    function counted(cache: ScriptedPageCache) {
      const rows = { all: 0, skimmed: 0 };
      const scanners = (path: Parameters<typeof cache.scanners>[0]) => {
        const scanner = cache.scanners(path);
        return {
          async *scan(options: Parameters<typeof scanner.scan>[0]) {
            for await (const batch of scanner.scan(options)) {
              rows.all += batch.count;
              rows.skimmed += batch.physical.subarray(0, batch.count).filter((at) => Number.isNaN(at)).length;
              yield batch;
            }
          },
          probe: scanner.probe.bind(scanner),
          close: scanner.close.bind(scanner),
        };
      };
      return { rows, scanners };
    }

    beforeEach(async () => {
      for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `more-${i}`), 'x'.repeat(5000));
      await sleep(30);
    });

    it('skims over what nobody wants, and looks at what changed', async () => {
      const store = new MemoryStore();
      const { plugin, units } = keeper();
      await runPlugin(plugin, { folder, store });
      assert.equal(units.length, FILES + 4);
      units.length = 0;
      for (const name of ['b', 'more-7', 'more-2999', 'new']) writeFileSync(join(folder, name), 'y'.repeat(9000));
      await sleep(30);
      const cache = new ScriptedPageCache(folder);
      cache.add('more-2999', 0, 3);
      const { rows, scanners } = counted(cache);
      const { summary } = await runPlugin(plugin, { folder, store, cache: { source: cache.source, scanners } });
      assert.deepEqual(units.map(({ file }) => file.path).sort(), ['b', 'more-2999', 'more-7', 'new']);
      // Not always the first: what takes long to scan is not waited for.
      assert.deepEqual(units.filter(({ reason }) => reason === 'cached').map(({ file, cachedBytes }) => [file.path, cachedBytes]), [['more-2999', 9000]]);
      assert.deepEqual([summary.tasks[0].filesTotal, summary.tasks[0].filesDone], [4, 4]);
      // All once, and once more the four; and what an event told of before the scan came there.
      assert.equal(rows.skimmed, FILES + 5);
      assert.ok(rows.all - rows.skimmed <= 5, `${rows.all - rows.skimmed} were looked at`);
    });

    it('finds a changed file under its new name', async () => {
      const store = new MemoryStore();
      const { plugin } = keeper();
      await runPlugin(plugin, { folder, store });
      const changed = ['a', 'b', 'more-3', 'more-2000'];
      for (const name of changed) writeFileSync(join(folder, name), 'y'.repeat(9000));
      await sleep(30);
      const kept: string[] = [];
      let isRenamed = false;
      const again = pluginOf(() => ({
        accepts: (file) => file.size === 9000,
        process: async ({ file }) => {
          if (!isRenamed) {
            isRenamed = true;
            for (const name of changed) if (name !== file.path) renameSync(join(folder, name), join(folder, `${name}-new`));
          }
          if (!existsSync(join(folder, file.path))) throw new DuetError('DUET_ERR_VANISHED', { operation: 'open', message: 'it is gone' });
          kept.push(file.path);
        },
      }), true);
      const { summary } = await runPlugin(again.plugin, { folder, store });
      assert.deepEqual([summary.tasks[0].filesDone, summary.tasks[0].filesFailed], [4, 0]);
      assert.deepEqual(kept.map((name) => name.replace('-new', '')).sort(), changed.toSorted());
    });

    it('finds one under its new name that is renamed before it is looked at', async () => {
      const store = new MemoryStore();
      await runPlugin(keeper().plugin, { folder, store });
      for (const name of ['b', 'more-2000']) writeFileSync(join(folder, name), 'y'.repeat(9000));
      await sleep(30);
      let isRenamed = false;
      const { plugin, units } = pluginOf((seen) => ({
        accepts: (file) => {
          if (file.path === 'b' && !isRenamed) {
            isRenamed = true;
            renameSync(join(folder, 'b'), join(folder, 'b-new'));
          }
          return file.size === 9000;
        },
        process: async (unit) => void seen.push(unit),
      }), true);
      await runPlugin(plugin, { folder, store });
      assert.deepEqual(units.map(({ file }) => file.path).sort(), ['b-new', 'more-2000']);
    });

    it('tells in a dry run what is to do, however long its tasks take to open', async () => {
      const store = new MemoryStore();
      await runPlugin(keeper().plugin, { folder, store });
      for (const name of ['b', 'more-2000']) writeFileSync(join(folder, name), 'y'.repeat(9000));
      await sleep(30);
      for (const dryRun of [true, false]) {
        const { plugin } = pluginOf(() => ({ open: () => sleep(1000), accepts: (file) => file.size === 9000 }), true);
        const cache = new ScriptedPageCache(folder);
        const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { source: cache.source, scanners: cache.scanners, store });
        const run = duet.run({ tasks: [{ plugin: plugin.name }], path: fromText(realpathSync(folder)), dryRun });
        const totals: number[] = [];
        run.events$.subscribe((event) => void (event.type === 'start' && totals.push(event.filesTotal)));
        const summary = await run.done;
        assert.deepEqual([totals, summary.tasks[0].filesTotal], [[2], 2]);
        await duet.close();
      }
    });

    it('stops skimming where much is wanted after all', async () => {
      const store = new MemoryStore();
      const { plugin, units, force } = keeper();
      await runPlugin(plugin, { folder, store });
      units.length = 0;
      force.all = true;
      for (let i = 0; i < 10 * FILES; i++) writeFileSync(join(folder, `extra-${i}`), '');
      await sleep(30);
      const { rows, scanners } = counted(new ScriptedPageCache(folder));
      const { summary } = await runPlugin(plugin, { folder, store, cache: { source: new ScriptedPageCache(folder).source, scanners } });
      assert.equal(new Set(units.map(({ file }) => file.path)).size, 11 * FILES + 4);
      assert.deepEqual([units.length, summary.tasks[0].filesDone], [11 * FILES + 4, 11 * FILES + 4]);
      assert.equal(rows.all, 11 * FILES + 4 + rows.skimmed);
      assert.ok(rows.skimmed < 11 * FILES / 2, `${rows.skimmed} were skimmed over`);
    });
  });

  it('finds a file under its new name', async () => {
    let renamed = false;
    const { plugin } = pluginOf(() => ({
      process: async (unit) => {
        if (!renamed) {
          renamed = true;
          for (const name of ['a', 'b', 'c', 'd']) if (name !== unit.file.path) renameSync(join(folder, name), join(folder, `${name}-new`));
        }
        await sleep(1);
      },
    }));
    const { summary } = await runPlugin(plugin, { folder });
    assert.equal(summary.tasks[0].filesDone, 4);
  });

  it('processes a failed file once, and counts each file once, when it scans again for one that vanished', async () => {
    let failures = 0;
    const { plugin } = pluginOf(() => ({
      process: async (unit) => {
        if (unit.file.path === 'a') {
          failures++;
          throw new DuetError('DUET_ERR_READ', { operation: 'read', message: 'made to fail' });
        }
        if (unit.file.path === 'b') {
          renameSync(join(folder, 'b'), join(folder, 'b-new'));
          throw new DuetError('DUET_ERR_VANISHED', { operation: 'open', message: 'made to vanish' });
        }
        await sleep(1);
      },
    }));
    const { summary } = await runPlugin(plugin, { folder });
    assert.equal(failures, 1);
    const [{ filesTotal, filesDone, filesFailed }] = summary.tasks;
    assert.deepEqual([filesTotal, filesDone, filesFailed], [4, 3, 1]);
  });

  it('gives a plugin the page events that it asked for', async () => {
    const cache = new ScriptedPageCache(folder);
    cache.add('b', 0, 2);
    const seen: string[] = [];
    const plugin = definePlugin({
      name: 'probe',
      summary: 'listens',
      core: '^0.1.0',
      config: z.strictObject({}),
      events: ['exists'],
      create: () => ({
        items: (items) => seen.push(...items.map(({ file, index, pages }) => `${file.path} ${index} ${pages}`)),
        process: async () => sleep(150),
      }),
    });
    await runPlugin(plugin, { folder, cache });
    assert.deepEqual(seen, ['b 0 2']);
  });

  it('ends with what was processed when a plugin has enough, and goes on next time', async () => {
    for (let i = 0; i < 16; i++) writeFileSync(join(folder, `large-${i}`), Buffer.alloc(8 * MIB));
    await sleep(30);
    const store = new MemoryStore();
    let stop = true;
    const plugin = definePlugin({
      name: 'probe',
      summary: 'stops after a while',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: (ctx) => ({
        process: async () => {
          await sleep(1);
          if (stop) ctx.enough('the test said so');
        },
        finish: () => assert.ok(!stop, 'finish was called though the cycle is not over'),
      }),
    });
    const first = await runPlugin(plugin, { folder, store });
    assert.equal(first.summary.exitCode, 0);
    assert.equal(first.summary.tasks[0].cycleComplete, false);
    const { filesDone } = first.summary.tasks[0];
    assert.ok(filesDone > 0 && filesDone < 20);
    stop = false;
    const second = await runPlugin(plugin, { folder, store });
    assert.equal(second.summary.tasks[0].filesDone, 20 - filesDone);
    assert.equal(second.summary.tasks[0].cycleComplete, true);
  });

  for (const hook of ['open', 'finish'] as const) {
    it(`ends as stopped, and not as failed, when it is stopped within '${hook}'`, async () => {
      const store = new MemoryStore();
      let isStopped = false;
      const plugin = definePlugin({
        name: 'probe',
        summary: 'waits to be stopped',
        core: '^0.1.0',
        config: z.strictObject({}),
        create: ({ signal }) => ({
          process: async () => undefined,
          [hook]: () =>
            new Promise<void>((_resolve, reject) => {
              signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason as Error), 20), { once: true });
              stop();
            }),
        }),
      });
      const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { store, ...partsOf(folder) });
      const run = duet.run({ tasks: [{ plugin: 'probe' }], path: fromText(realpathSync(folder)) });
      const stop = (): void => {
        isStopped = true;
        setImmediate(() => run.stop(143));
      };
      const summary = await run.done;
      await duet.close();
      assert.ok(isStopped);
      assert.equal(summary.exitCode, 143);
      assert.equal(summary.tasks[0]?.cycleComplete ?? false, false);
    });
  }

  for (const isLast of [true, false]) {
    it(`has page events end ${isLast ? 'before its tasks finish, if it is the last' : 'when all is closed, if others may follow'}`, async () => {
      const { source, scanners } = partsOf(folder);
      const order: string[] = [];
      const told = Object.assign(Object.create(source) as typeof source, { retire: () => order.push('retire'), stop: () => order.push('stop') });
      const plugin = definePlugin({
        name: 'probe',
        summary: 'notes what comes when',
        core: '^0.1.0',
        config: z.strictObject({}),
        create: () => ({ process: async () => void order.push('unit'), finish: () => void order.push('finish') }),
      });
      const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { source: told, scanners });
      await duet.run({ tasks: [{ plugin: 'probe' }], path: fromText(realpathSync(folder)), isLast }).done;
      await duet.close();
      const units = ['unit', 'unit', 'unit', 'unit'];
      assert.deepEqual(order, isLast ? [...units, 'retire', 'finish', 'stop'] : [...units, 'finish', 'stop']);
    });
  }

  for (const other of ['run', 'session'] as const) {
    it(`has no page events end while there is another ${other}, even if it was said to be the last`, async () => {
      const { source, scanners } = partsOf(folder);
      let retired = 0;
      const told = Object.assign(Object.create(source) as typeof source, { retire: () => retired++ });
      const probe = pluginOf(() => ({})).plugin;
      let goOn = (): void => undefined;
      const gone = new Promise<void>((resolve) => (goOn = resolve));
      const waiting = definePlugin({ ...probe, name: 'waiting', create: () => ({ process: () => gone }) });
      const duet = await openDuet({ stateDir: null, plugins: [probe, waiting] }, { source: told, scanners });
      const path = fromText(realpathSync(folder));
      try {
        const session = other === 'session' ? duet.register({ name: 'another', path, events: ['exists'] }) : undefined;
        const run = other === 'run' ? duet.run({ tasks: [{ plugin: 'waiting' }], path }) : undefined;
        await duet.run({ tasks: [{ plugin: probe.name }], path, isLast: true }).done;
        assert.equal(retired, 0);
        session?.close();
        run?.stop(143);
        goOn();
        await run?.done;
        await duet.run({ tasks: [{ plugin: probe.name }], path, isLast: true, reset: true }).done;
        assert.equal(retired, 1);
      } finally {
        goOn();
        await duet.close();
      }
    });
  }

  it('reads and writes nothing in a dry run', async () => {
    const { plugin, units } = pluginOf(() => ({}));
    const summary = await runWith(plugin, folder, { dryRun: true });
    assert.deepEqual(units, []);
    assert.equal(summary.tasks[0].filesTotal, 4);
    assert.equal(summary.tasks[0].filesDone, 0);
  });

  it('leaves out what is excluded', async () => {
    const { plugin, units } = pluginOf(() => ({}));
    await runWith(plugin, folder, { exclude: ['[ab]'] });
    assert.deepEqual(units.map(({ file }) => file.path).sort(), ['c', 'd']);
  });

  it('lets two tasks share a path, each with its own progress', async () => {
    const one = pluginOf(() => ({}));
    const other = definePlugin({ name: 'other', summary: 'another', core: '^0.1.0', config: z.strictObject({}), create: () => ({ accepts: (file) => file.path !== 'a', process: async () => sleep(1) }) });
    const duet = await openDuet({ stateDir: null, plugins: [one.plugin, other], source: 'none' });
    try {
      const summary = await duet.run({ tasks: [{ plugin: 'probe' }, { plugin: 'other' }], path: fromText(realpathSync(folder)) }).done;
      assert.deepEqual(summary.tasks.map(({ task, filesDone }) => [task, filesDone]), [['probe', 4], ['other', 3]]);
    } finally {
      await duet.close();
    }
  });

  it('gives a plugin that asks for whole files the whole file, whatever the others take', async () => {
    truncateSync(join(folder, 'a'), 100 * MIB);
    await sleep(30);
    const one = pluginOf((seen) => ({ accepts: (file) => file.path === 'a', process: async (unit) => void seen.push(unit) }));
    const wholes: Unit[] = [];
    const whole = definePlugin({
      name: 'whole',
      summary: 'takes whole files',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: () => ({ segmentBytes: () => 0, process: async (unit) => void wholes.push(unit) }),
    });
    const pairs: Unit[] = [];
    const paired = definePlugin({
      name: 'paired',
      summary: 'takes two pieces at once, in order',
      core: '^0.1.0',
      config: z.strictObject({}),
      inOrder: true,
      create: () => ({
        accepts: (file) => file.path === 'a',
        segmentBytes: () => 17 * MIB,
        process: async (unit) => {
          await sleep(1);
          pairs.push(unit);
        },
      }),
    });
    const duet = await openDuet({ stateDir: null, plugins: [one.plugin, whole, paired], source: 'none' });
    try {
      const summary = await duet.run({ tasks: [{ plugin: 'probe' }, { plugin: 'whole' }, { plugin: 'paired' }], path: fromText(realpathSync(folder)) }).done;
      assert.deepEqual(summary.tasks.map(({ filesDone, bytes }) => [filesDone, bytes >= 100 * MIB]), [[1, true], [4, true], [1, true]]);
    } finally {
      await duet.close();
    }
    assert.deepEqual(one.units.map(({ offset }) => offset / MIB).sort((x, y) => x - y), [0, 16, 32, 48, 64, 80, 96]);
    assert.deepEqual(wholes.filter(({ file }) => file.path === 'a').map(({ offset, bytes, whole: isWhole }) => [offset, bytes, isWhole]), [[0, 100 * MIB, true]]);
    assert.deepEqual(pairs.map(({ offset, bytes }) => [offset / MIB, bytes / MIB]), [[0, 32], [32, 32], [64, 32], [96, 4]]);
  });

  it('reads into a buffer that a plugin brings, piece after piece, and counts the same', async () => {
    const into = Buffer.alloc(5000);
    const contents: string[] = [];
    const plugin = definePlugin({
      name: 'brings-a-buffer',
      summary: 'reads into it',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: (ctx) => ({
        process: async (unit) => {
          const lengths: number[] = [];
          let content = '';
          for await (const piece of ctx.read(unit, into)) {
            assert.equal(piece.buffer, into.buffer);
            lengths.push(piece.length);
            content += piece.toString();
            await sleep(0);
          }
          assert.deepEqual(lengths, [5000, 5000, 5000, 1384]);
          contents.push(content);
        },
      }),
    });
    for (const name of ['b', 'c', 'd']) rmSync(join(folder, name));
    const { summary } = await runPlugin(plugin, { folder });
    assert.deepEqual(contents, ['a'.repeat(4 * 4096)]);
    assert.equal(summary.tasks[0].bytesFromCache + summary.tasks[0].bytesFromDisk, 4 * 4096);
  });

  it('begins a file anew that a plugin was going on with when it was stopped, and goes on with others', async () => {
    for (const name of ['a', 'b']) truncateSync(join(folder, name), 100 * MIB);
    await sleep(30);
    const stateDir = mkdtempSync(join(tmpdir(), 'duet-state-'));
    const taken: [string, number][] = [];
    let stop: () => void = () => undefined;
    const plugin = definePlugin({
      name: 'going-on',
      summary: 'goes on with one file',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: () => ({
        accepts: (file) => file.path === 'a' || file.path === 'b',
        continues: (file) => file.path === 'b',
        process: async (unit) => {
          taken.push([unit.file.path, unit.offset / MIB]);
          if (unit.file.path === 'b' && unit.offset === 32 * MIB) stop();
        },
      }),
    });
    const duet = await openDuet({ stateDir, plugins: [plugin], source: 'none' });
    try {
      const run = duet.run({ tasks: [{ plugin: 'going-on' }], path: fromText(realpathSync(folder)) });
      stop = () => run.stop(130);
      assert.equal((await run.done).exitCode, 130);
      const before = taken.splice(0);
      assert.deepEqual(before.filter(([path]) => path === 'b').map(([, offset]) => offset).slice(0, 3), [0, 16, 32]);
      stop = () => undefined;
      const summary = await duet.run({ tasks: [{ plugin: 'going-on' }], path: fromText(realpathSync(folder)) }).done;
      assert.equal(summary.exitCode, 0);
      const of = (path: string, units: [string, number][]) => units.filter((unit) => unit[0] === path).map(([, offset]) => offset);
      assert.deepEqual(of('b', taken), [0, 16, 32, 48, 64, 80, 96]);
      assert.deepEqual([...of('a', before), ...of('a', taken)].sort((x, y) => x - y), [0, 16, 32, 48, 64, 80, 96]);
    } finally {
      await duet.close();
      rmSync(stateDir, { recursive: true });
    }
  });

  it('is joined by a task, which shares what is left and reads what it missed', async () => {
    for (let i = 0; i < 16; i++) writeFileSync(join(folder, `more-${i}`), 'x');
    await sleep(30);
    const taken: string[] = [];
    const plugin = (name: string, accepts: (path: string) => boolean, ms: number) =>
      definePlugin({
        name,
        summary: 'notes its units',
        core: '^0.1.0',
        config: z.strictObject({}),
        create: () => ({
          accepts: (file) => accepts(file.path),
          process: async (unit) => {
            await sleep(ms);
            taken.push(`${name} ${unit.file.path}`);
          },
        }),
      });
    const duet = await openDuet({ stateDir: null, plugins: [plugin('first', (path) => path.startsWith('more'), 60), plugin('second', () => true, 1)], source: 'none' });
    try {
      const run = duet.run({ tasks: [{ plugin: 'first' }], path: fromText(realpathSync(folder)) });
      const types: string[] = [];
      run.events$.subscribe(({ type }) => types.push(type));
      await assert.rejects(run.join({ plugin: 'second' }), { code: 'DUET_ERR_USAGE' });
      while (!types.includes('start')) await sleep(5);
      await run.join({ plugin: 'second' });
      await assert.rejects(run.join({ plugin: 'second' }), { code: 'DUET_ERR_TASK_RUNNING' });
      const summary = await run.done;
      assert.deepEqual(summary.tasks.map(({ task, filesDone, cycleComplete }) => [task, filesDone, cycleComplete]), [['first', 16, true], ['second', 20, true]]);
      assert.equal(new Set(taken).size, 36);
      assert.equal(types.filter((type) => type === 'joined').length, 1);
      await assert.rejects(run.join({ plugin: 'second' }), { code: 'DUET_ERR_USAGE' });
    } finally {
      await duet.close();
    }
  });

  it('gives a task that declares what suffices what costs least, and no more', async () => {
    const cache = new ScriptedPageCache(folder);
    cache.add('c', 0, 4);
    const taken: string[] = [];
    const plugin = definePlugin({
      name: 'probe',
      summary: 'needs some',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: (ctx) => {
        ctx.declare({ needed: { files: 2 } });
        return {
          process: async (unit) => {
            taken.push(unit.file.path);
            if (taken.length === 1) throw new DuetError('DUET_ERR_READ', { operation: 'read', message: 'made to fail' });
          },
        };
      },
    });
    const { summary } = await runPlugin(plugin, { folder, cache });
    assert.equal(taken[0], 'c');
    assert.equal(summary.tasks[0].filesDone, taken.length - 1);
    assert.ok(taken.length >= 3, 'one that failed does not count');
    assert.equal(summary.tasks[0].cycleComplete, true);
  });

  it('leaves the disk alone while there is time, and takes what is cached', async () => {
    const cache = new ScriptedPageCache(folder);
    cache.add('c', 0, 4);
    const started: string[] = [];
    const begun = Date.now();
    const { plugin } = pluginOf(() => ({ process: async ({ file }) => void started.push(`${file.path} ${Date.now() - begun > 1000 ? 'late' : 'soon'}`) }));
    await runWith(plugin, folder, { deadlineMs: 2500 }, cache);
    assert.deepEqual(started.map((one) => one.split(' ')[1]), ['soon', 'late', 'late', 'late']);
    assert.ok(Date.now() - begun < 2500, 'the deadline was missed');
  });

  it('tells of a deadline that has passed', async () => {
    const { plugin } = pluginOf(() => ({ process: async () => sleep(1200) }));
    const duet = await openDuet({ stateDir: null, plugins: [plugin], source: 'none' });
    try {
      const run = duet.run({ tasks: [{ plugin: 'probe', deadlineMs: 50 }], path: fromText(realpathSync(folder)) });
      const told: unknown[] = [];
      run.events$.subscribe((event) => void (event.type === 'deadline' && told.push([event.task, event.missed, event.bytesLeft > 0, event.neededBytesPerSecond])));
      await run.done;
      assert.deepEqual(told, [['probe', true, true, null]]);
    } finally {
      await duet.close();
    }
  });

  it('explains its choices when asked', async () => {
    const cache = new ScriptedPageCache(folder);
    cache.add('b', 0, 4);
    cache.add('d', 0, 3);
    const { plugin } = pluginOf(() => ({}));
    const duet = await openDuet({ stateDir: null, plugins: [plugin] }, { source: cache.source, scanners: cache.scanners });
    try {
      const run = duet.run({ tasks: [{ plugin: 'probe' }], path: fromText(realpathSync(folder)), explain: true });
      const why: unknown[] = [];
      run.events$.subscribe((event) => void (event.type === 'explain' && why.push([event.path, event.reason, event.residentBytes, event.runnersUp.map(({ path, reason }) => `${path} ${reason}`)])));
      await run.done;
      assert.equal(why.length, 4);
      assert.deepEqual(why.slice(0, 1), [['b', 'cached', 4 * 4096, ['d cached', 'a cold']]]);
    } finally {
      await duet.close();
    }
  });

  it('keeps to what the cache takes, and says what it brought in and what nobody needs any more', async () => {
    for (let i = 0; i < 12; i++) writeFileSync(join(folder, `more-${i}`), Buffer.alloc(8 * 4096));
    await sleep(30);
    const cache = new ScriptedPageCache(folder);
    cache.add('a', 0, 4);
    const plugin = (name: string, ms: number) => definePlugin({ name, summary: 'takes its time', core: '^0.1.0', config: z.strictObject({}), create: () => ({ process: async () => sleep(ms) }) });
    const held = new Map<number, number>();
    let most = 0;
    const taken: number[] = [];
    let cachedSlot = -1;
    const duet = await openDuet(
      { stateDir: null, plugins: [plugin('slow', 15), plugin('fast', 0)] },
      {
        source: cache.source,
        scanners: cache.scanners,
        cache: () => ({
          ...cacheWith({ capacityBytes: Infinity, budgetBytes: 20 * 4096, headroomBytes: Infinity }),
          take: ({ slot, offset, bytes }) => {
            assert.equal(offset, 0);
            taken.push(slot);
            if (slot !== cachedSlot) held.set(slot, bytes);
            most = Math.max(most, [0, ...held.values()].reduce((sum, one) => sum + one));
            return undefined;
          },
          release: ({ slot }) => void held.delete(slot),
          pagesChanged: (slot, _first, _pages, sign) => {
            if (sign > 0) cachedSlot = slot;
          },
        }),
      },
    );
    try {
      await duet.run({ tasks: [{ plugin: 'slow' }, { plugin: 'fast' }], path: fromText(realpathSync(folder)) }).done;
    } finally {
      await duet.close();
    }
    assert.ok(most <= 20 * 4096, `${most} bytes were outstanding`);
    assert.equal(held.size, 0);
    assert.equal(new Set(taken).size, 16);
    assert.equal(taken.length, 32, 'each once by each task');
  });

  it('re-reads the files and says so when events were lost', async () => {
    const cache = new ScriptedPageCache(folder);
    const { plugin } = pluginOf((seen) => ({
      process: async (unit) => {
        seen.push(unit);
        if (seen.length === 1) {
          cache.add('d', 0, 2);
          cache.lose();
        }
        await sleep(50);
      },
    }));
    const { events } = await runPlugin(plugin, { folder, cache });
    const lost = events.filter((event) => event.type === 'lost');
    assert.deepEqual(lost, [{ type: 'lost', events: 1, filesReread: 4 }]);
  });

  it('that is stopped while it finishes is finished by the next one', async () => {
    const store = new MemoryStore();
    let finished = 0;
    const stopping = new AbortController();
    const plugin = definePlugin({
      name: 'probe',
      summary: 'is stopped in finish, the first time',
      core: '^0.1.0',
      config: z.strictObject({}),
      create: (ctx) => ({
        process: () => Promise.resolve(),
        finish: async () => {
          finished++;
          stopping.abort();
          if (ctx.signal.aborted) throw ctx.signal.reason;
        },
      }),
    });
    const first = await runPlugin(plugin, { folder, store, onEvent: (event, stop) => void (event.type === 'start' && stopping.signal.addEventListener('abort', stop)) });
    assert.deepEqual([first.summary.exitCode, first.summary.tasks[0].cycleComplete, finished], [143, false, 1]);
    const second = await runPlugin(plugin, { folder, store });
    assert.deepEqual([second.summary.exitCode, second.summary.tasks[0].cycleComplete, second.units, finished], [0, true, [], 2]);
  });

  it('makes checkpoints on the way where the plugin finds one due, and one in the end in any case', async () => {
    for (const due of [false, true]) {
      let asked = 0;
      const done: number[] = [];
      const { plugin, units } = pluginOf((log) => ({
        process: async (unit) => {
          log.push(unit);
          await sleep(200);
        },
        checkpointDue: () => {
          asked++;
          return due;
        },
        checkpoint: () => void done.push(units.length),
      }));
      const files = 12;
      for (let i = 0; i < files; i++) writeFileSync(join(folder, `large-${i}`), Buffer.alloc(6 * MIB));
      await runPlugin(plugin, { folder });
      assert.ok(asked > 0);
      assert.equal(done.some((processed) => processed < files + 4), due);
      assert.equal(done.at(-1), files + 4);
    }
  });

  for (const hook of ['open', 'process', 'checkpoint', 'finish', 'close'] as const) {
    it(`names the plugin and the hook when '${hook}' fails`, async () => {
      const { plugin } = pluginOf(() => ({ [hook]: async () => Promise.reject(new Error('made to fail')) }));
      await assert.rejects(runPlugin(plugin, { folder }), (error: unknown) => error instanceof DuetError && error.code === 'DUET_ERR_PLUGIN_HOOK' && error.message.includes(`'${hook}'`) && error.message.includes("'probe'"));
    });
  }

  it('refuses a path that is not there', async () => {
    const { plugin } = pluginOf(() => ({}));
    const duet = await openDuet({ stateDir: null, plugins: [plugin], source: 'none' });
    try {
      assert.throws(() => duet.run({ tasks: [{ plugin: 'probe' }], path: fromText(join(folder, 'nothing')) }), { code: 'DUET_ERR_PATH_MISSING' });
    } finally {
      await duet.close();
    }
  });
});
