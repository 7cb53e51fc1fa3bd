import { fileURLToPath } from 'node:url';
import { command } from '../lab/command.js';
import { median } from '../bars/figures.js';
import type { Scenario } from './report.js';
import type { Memory } from './watcher.js';

const WATCHER = fileURLToPath(new URL('./watcher.js', import.meta.url));
const FILES = 1_000_000;
const LARGE_FILES = 20;
const PAGES = LARGE_FILES * 2 ** 20;
const FIXED_BYTES = 80e6;

export const memoryScenario: Scenario = {
  name: 'memory',
  summary: 'resident memory of a process that watches made-up files: at rest, 21 million cached pages, a million files',
  async run(report, reps) {
    const memory = (files: number, pages: number, keep: 'memory' | 'database'): Memory => {
      const runs = Array.from({ length: reps }, () => JSON.parse(command(process.execPath, [WATCHER, String(files), String(pages), keep])) as Memory);
      return { atOnceBytes: median(runs.map((run) => run.atOnceBytes)), residentBytes: median(runs.map((run) => run.residentBytes)) };
    };
    const rest = { memory: memory(LARGE_FILES, 0, 'memory'), database: memory(LARGE_FILES, 0, 'database') };
    for (const [keep, { residentBytes, atOnceBytes }] of Object.entries(rest)) {
      report.bar(`at rest, ${keep === 'database' ? 'with' : 'without'} a state database`, residentBytes / 1e6, 'MB', '<=', FIXED_BYTES / 1e6);
      report.note('  a second after the last work, with garbage', atOnceBytes / 1e6, 'MB');
    }
    for (const keep of ['database', 'memory'] as const) {
      const where = keep === 'database' ? 'numbers in a state database' : 'no state database';
      const cached = memory(LARGE_FILES, PAGES, keep);
      report.note(`${Math.round(PAGES / 1e6)} million pages in ${LARGE_FILES} files, ${where}`, cached.residentBytes / 1e6, 'MB');
      report.bar(`bytes a tracked page, beyond 80 MB, ${where}`, (cached.residentBytes - FIXED_BYTES) / PAGES, 'B', '<=', 1);
      report.note('  a second after the last work, with garbage', (cached.atOnceBytes - FIXED_BYTES) / PAGES, 'B');
      report.note('  beyond what it takes at rest', (cached.residentBytes - rest[keep].residentBytes) / PAGES, 'B');
      const with1M = memory(FILES, 0, keep).residentBytes;
      report.note(`a million files, ${where}`, with1M / 1e6, 'MB');
      report.bar(`bytes a file, ${where}`, (with1M - rest[keep].residentBytes) / FILES, 'B', '<=', 150);
    }
  },
};
