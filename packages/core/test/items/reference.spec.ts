import fc from 'fast-check';
import { history, MOST_FILES } from './history.js';
import type { Step } from './history.js';
import { TablePair } from './table-pair.js';

const FIRST: Step = { do: 'register', mask: ['exists', 'modified'], wants: Array.from({ length: MOST_FILES }, () => true) };

describe('ItemTable, held against a table of single pages', () => {
  for (const twins of [false, true]) {
    it(`tells each task the same, in the order promised, with the same bitmaps and counters${twins ? ', where files share an inode number' : ''}`, function () {
      this.timeout(120_000);
      fc.assert(
        fc.property(history, (steps) => {
          const pair = new TablePair(twins);
          for (const step of [FIRST, ...steps]) pair.run(step);
          pair.end();
        }),
        { numRuns: 800 },
      );
    });
  }
});
