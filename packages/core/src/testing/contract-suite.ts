import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuetError } from '../model/index.js';
import type { Commit } from '../model/index.js';
import type { Plugin, PluginHooks } from '../plugin/index.js';
import { MemoryStore } from '../store/index.js';
import { runPlugin } from './run-plugin.js';
import { ScriptedPageCache } from './scripted-page-cache.js';

/** What the suite needs to know of a plugin. */
export interface ContractOptions {
  /** Options to run it with. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Longest time between a stop and the end of the run, in milliseconds. Default 2,000. */
  readonly abortWithinMs?: number;
  /** Whether it takes only the files whose result it has not yet, so that a second cycle of the same files has nothing to do. Default false. */
  readonly incremental?: boolean;
}

const FILES = 24;
/** More than the core leaves in one piece; a hole, so it costs no disk. */
const LARGE_BYTES = 65 * 2 ** 20 + 1;

/**
 * The suite that every plugin passes, for mocha: cached files first,
 * idempotent processing, prompt abort, no done bit before a checkpoint nor
 * after a rejection, `close` after a failed `open`, files that vanish.
 */
export function pluginContractSuite(plugin: Plugin, options: ContractOptions = {}): void {
  describe(`plugin contract: ${plugin.name}`, () => {
    let folder: string;
    const config = options.config ?? {};

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'duet-contract-'));
      mkdirSync(join(folder, 'sub'));
      for (let i = 0; i < FILES; i++) writeFileSync(join(folder, i % 2 === 0 ? 'sub' : '.', `file-${i}`), Buffer.alloc(5000 + i, i));
    });

    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it('processes every file, cached ones first', async () => {
      const cache = new ScriptedPageCache(folder);
      cache.add('sub/file-10', 0, 2);
      cache.add('file-7', 0, 1);
      const order: string[] = [];
      const watched = wrapped(plugin, (hooks) => ({
        process: (unit) => {
          order.push(unit.file.path);
          return hooks.process(unit);
        },
      }));
      const { summary } = await runPlugin(watched, { folder, cache, config });
      assert.equal(summary.exitCode, 0);
      // Each goes as soon as it is found.
      assert.deepEqual(order.slice(0, 2).sort(), ['file-7', 'sub/file-10']);
      assert.equal(new Set(order).size, FILES);
      assert.equal(summary.tasks[0].filesDone, FILES);
      assert.ok(summary.tasks[0].cycleComplete);
    });

    it('processes large files, in segments if it likes', async () => {
      writeFileSync(join(folder, 'large'), '');
      truncateSync(join(folder, 'large'), LARGE_BYTES);
      const { summary, problems } = await runPlugin(plugin, { folder, config });
      assert.deepEqual(problems, []);
      assert.equal(summary.tasks[0].filesDone, FILES + 1);
    });

    it('gives the same result when a unit comes again', async () => {
      const store = new CountingStore();
      const twice = repeat(plugin);
      const { summary, problems } = await runPlugin(twice, { folder, config, store });
      assert.deepEqual(problems, []);
      assert.equal(summary.tasks[0].filesDone, FILES);
      const again = await runPlugin(plugin, { folder, config, store });
      assert.deepEqual(again.problems, []);
      assert.equal(again.summary.tasks[0].filesDone, options.incremental ? 0 : FILES);
    });

    it('aborts promptly, keeps what was checkpointed, and goes on from there', async () => {
      const store = new CountingStore();
      let stoppedAt = 0;
      const first = await runPlugin(slowed(plugin, 5), {
        folder,
        config,
        store,
        onEvent: (event, stop) => {
          if (event.type !== 'unit' || stoppedAt !== 0) return;
          stoppedAt = Date.now();
          stop();
        },
      });
      assert.ok(Date.now() - stoppedAt < (options.abortWithinMs ?? 2000), 'the run did not end soon after the stop');
      assert.equal(first.summary.exitCode, 143);
      const kept = first.summary.tasks[0].filesDone;
      assert.equal(store.doneFiles.size, kept);
      const second = await runPlugin(plugin, { folder, config, store });
      const left = FILES - kept;
      assert.ok(second.summary.tasks[0].cycleComplete);
      // What was processed, and not checkpointed, an incremental one need not do again.
      if (options.incremental) assert.ok(second.summary.tasks[0].filesDone <= left);
      else assert.equal(second.summary.tasks[0].filesDone, left);
    });

    it('commits no done bit before its checkpoint hook has settled', async () => {
      const store = new CountingStore();
      let inCheckpoint = 0;
      const watched = wrapped(plugin, (hooks) => ({
        checkpoint: async () => {
          inCheckpoint++;
          const before = store.commits;
          await new Promise((resolve) => setTimeout(resolve, 20));
          assert.equal(store.commits, before, 'a commit happened while the checkpoint was under way');
          await hooks.checkpoint?.();
        },
      }));
      const { summary } = await runPlugin(watched, { folder, config, store });
      assert.equal(summary.exitCode, 0);
      assert.ok(inCheckpoint > 0);
      assert.ok(store.commits > 0);
    });

    it('leaves a file undone when processing it is rejected', async () => {
      const store = new CountingStore();
      const failing = wrapped(plugin, (hooks) => ({
        process: async (unit) => {
          if (unit.file.path === 'file-3') throw new DuetError('DUET_ERR_READ', { operation: 'read', message: 'made to fail' });
          return hooks.process(unit);
        },
      }));
      const { summary, problems } = await runPlugin(failing, { folder, config, store });
      assert.equal(summary.exitCode, 1);
      assert.equal(summary.tasks[0].filesDone, FILES - 1);
      assert.equal(store.everDone.size, FILES - 1);
      assert.deepEqual(problems.map((problem) => problem.path), ['file-3']);
    });

    it('is closed after a failed open', async () => {
      let closed = 0;
      const failing = wrapped(plugin, (hooks) => ({
        open: async () => {
          await hooks.open?.();
          throw new Error('made to fail');
        },
        close: async () => {
          closed++;
          await hooks.close?.();
        },
      }));
      await assert.rejects(runPlugin(failing, { folder, config }), { code: 'DUET_ERR_PLUGIN_HOOK' });
      assert.equal(closed, 1);
    });

    it('bears with files that vanish', async () => {
      let vanished = false;
      const { summary } = await runPlugin(slowed(plugin, 1), {
        folder,
        config,
        onEvent: (event) => {
          if (event.type !== 'start' || vanished) return;
          vanished = true;
          unlinkSync(join(folder, 'file-23'));
        },
      });
      assert.ok(vanished);
      assert.equal(summary.tasks[0].filesDone, FILES - 1);
      assert.ok(summary.tasks[0].cycleComplete);
    });
  });
}

/** The plugin with some hooks replaced. */
function wrapped(plugin: Plugin, replace: (hooks: PluginHooks) => Partial<PluginHooks>): Plugin {
  return {
    ...plugin,
    create: (ctx) => {
      const hooks = plugin.create(ctx);
      const own: Partial<PluginHooks> = replace(hooks);
      // A proxy, since hooks may be methods that use `this` and private fields.
      return new Proxy(hooks, {
        get: (target, key) => {
          const value: unknown = Reflect.get(own, key) ?? Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

function repeat(plugin: Plugin): Plugin {
  return wrapped(plugin, (hooks) => ({
    process: async (unit) => {
      await hooks.process(unit);
      return hooks.process(unit);
    },
  }));
}

function slowed(plugin: Plugin, ms: number): Plugin {
  return wrapped(plugin, (hooks) => ({
    process: async (unit) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return hooks.process(unit);
    },
  }));
}

/** Counts what is committed. */
class CountingStore extends MemoryStore {
  commits = 0;
  /** Numbers of files that were ever committed as done. */
  readonly everDone = new Set<number>();
  /** Those of the cycle under way. */
  readonly doneFiles = new Set<number>();

  override async commit(commit: Commit): Promise<void> {
    await super.commit(commit);
    this.commits++;
    for (const { no } of commit.done) {
      this.everDone.add(no);
      this.doneFiles.add(no);
    }
  }

  override async resetDone(task: number, nos: readonly number[]): Promise<void> {
    await super.resetDone(task, nos);
    for (const no of nos) this.doneFiles.delete(no);
  }

  override async finishCycle(task: number): Promise<void> {
    await super.finishCycle(task);
    this.doneFiles.clear();
  }
}

