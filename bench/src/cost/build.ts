import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { MIB } from '../bars/bench.js';
import type { Scenario } from '../bars/bench.js';
import { finish } from './finish.js';
import { pairs, reportSlowdown } from './slowdown.js';
import { withWatching } from './watching.js';

/** SQLite in one file, as better-sqlite3 ships it. */
const SOURCES = join(dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json')), 'deps/sqlite3');

/** A real C project is compiled, once for each core at the same time, with all that the compiler touches on the watched file system. */
export const buildScenario: Scenario = {
  name: 'build',
  summary: 'SQLite is compiled, once for each core: slowed down by a task on that file system',
  async run(bench) {
    const lab = bench.emptyLab(1024 * MIB);
    const root = join(lab.path, 'build');
    const folders = Array.from({ length: availableParallelism() }, (_, core) => join(root, `copy-${core}`));
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      for (const name of ['sqlite3.c', 'sqlite3.h']) copyFileSync(join(SOURCES, name), join(folder, name));
    }
    await lab.settle();
    /** Milliseconds. */
    const build = async (): Promise<number> => {
      const startedMs = performance.now();
      await Promise.all(folders.map((folder) => finish(['gcc', '-O0', '-c', join(folder, 'sqlite3.c'), '-o', join(folder, 'sqlite3.o')], { TMPDIR: folder })));
      return performance.now() - startedMs;
    };
    const source = join(folders[0] ?? '', 'sqlite3.c');
    await withWatching(async (watching) => {
      await watching.warmUp(source);
      reportSlowdown(bench, 'a source file is watched', await pairs(bench, watching, source, build), true);
      reportSlowdown(bench, 'the whole folder is watched', await pairs(bench, watching, root, build), false);
    });
  },
};
