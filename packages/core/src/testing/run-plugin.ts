import { realpathSync } from 'node:fs';
import { fromText } from '../model/index.js';
import type { Logger, Problem, Store } from '../model/index.js';
import type { Plugin } from '../plugin/index.js';
import { MemoryStore } from '../store/index.js';
import { PageCacheUse } from '../worker/index.js';
import type { RunEvent, RunSummary } from '../worker/index.js';
import { openDuet } from '../compose.js';
import { ScriptedPageCache } from './scripted-page-cache.js';

/** Options of `runPlugin`. */
export interface PluginRunOptions {
  /** Folder of real files. */
  readonly folder: string;
  /** Default: nothing is cached. */
  readonly cache?: Pick<ScriptedPageCache, 'source' | 'scanners'>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Kept between runs to test resuming; default: a new one in memory. The caller closes one that it passes. */
  readonly store?: Store;
  readonly logger?: Logger;
  /** What the run may bring into the cache and not have consumed, in bytes: files much larger than that come in pieces. Default: no bound. */
  readonly budgetBytes?: number;
  /** Called on each event; `stop` ends the run as a signal would. */
  readonly onEvent?: (event: RunEvent, stop: () => void) => void;
}

/** What a plugin's run looked like. */
export interface PluginRun {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  /** Paths of the units, in the order in which they were finished. */
  readonly units: readonly string[];
  readonly problems: readonly Problem[];
}

/** Runs one cycle of a plugin over a folder, with a scripted page cache and state in memory: no privileges needed. */
export async function runPlugin(plugin: Plugin, options: PluginRunOptions): Promise<PluginRun> {
  const cache = options.cache ?? new ScriptedPageCache(options.folder);
  const store = options.store ?? new MemoryStore();
  const duet = await openDuet(
    { stateDir: null, plugins: [plugin], ...(options.logger === undefined ? {} : { logger: options.logger }) },
    { source: cache.source, scanners: cache.scanners, store, ...(options.budgetBytes === undefined ? {} : { cache: () => boundedUse(options.budgetBytes!) }) },
  );
  try {
    const run = duet.run({
      tasks: [{ plugin: plugin.name, ...(options.config === undefined ? {} : { config: options.config }) }],
      path: fromText(realpathSync(options.folder)),
    });
    const events: RunEvent[] = [];
    run.events$.subscribe((event) => {
      events.push(event);
      options.onEvent?.(event, () => run.stop(143));
    });
    const summary = await run.done;
    return {
      summary,
      events,
      units: events.flatMap((event) => (event.type === 'unit' ? [event.path] : [])),
      problems: events.flatMap((event) => (event.type === 'problem' ? [event] : [])),
    };
  } finally {
    await duet.close();
  }
}

function boundedUse(budgetBytes: number): PageCacheUse {
  return new PageCacheUse({ bounds: { read: () => ({ capacityBytes: 4 * budgetBytes, budgetBytes, headroomBytes: Infinity }), close: () => undefined } });
}
