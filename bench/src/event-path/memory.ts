import { fileURLToPath } from 'node:url';
import { command } from '../lab/command.js';
import { median } from '../bars/figures.js';
import type { Scenario } from './report.js';

const WATCHER = fileURLToPath(new URL('./watcher.js', import.meta.url));
const FILES = 1_000_000;
const LARGE_FILES = 20;
const PAGES = LARGE_FILES * 2 ** 20;
const FIXED_BYTES = 80e6;

export const memoryScenario: Scenario = {
  name: 'memory',
  summary: 'resident memory of a process that watches made-up files: at rest, 21 million cached pages, a million files',
  async run(report, reps) {
    const resident = (files: number, pages: number, keep: 'memory' | 'database'): number =>
      median(Array.from({ length: reps }, () => (JSON.parse(command(process.execPath, ['--expose-gc', WATCHER, String(files), String(pages), keep])) as { residentBytes: number }).residentBytes));
    const rest = { memory: resident(LARGE_FILES, 0, 'memory'), database: resident(LARGE_FILES, 0, 'database') };
    report.bar('at rest, without a state database', rest.memory / 1e6, 'MB', '<=', FIXED_BYTES / 1e6);
    report.bar('at rest, with one', rest.database / 1e6, 'MB', '<=', FIXED_BYTES / 1e6);
    const cached = resident(LARGE_FILES, PAGES, 'memory');
    report.note(`${PAGES / 1e6} million pages in ${LARGE_FILES} files`, cached / 1e6, 'MB');
    report.bar('bytes a tracked page, beyond 80 MB', (cached - FIXED_BYTES) / PAGES, 'B', '<=', 1);
    report.note('bytes a tracked page, beyond what it takes at rest', (cached - rest.memory) / PAGES, 'B');
    for (const keep of ['database', 'memory'] as const) {
      const with1M = resident(FILES, 0, keep);
      const where = keep === 'database' ? 'numbers in a state database' : 'no state database';
      report.note(`a million files, ${where}`, with1M / 1e6, 'MB');
      report.bar(`bytes a file, ${where}`, (with1M - rest[keep]) / FILES, 'B', '<=', 150);
    }
  },
};
