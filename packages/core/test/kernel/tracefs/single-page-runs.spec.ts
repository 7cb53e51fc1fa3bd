import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SinglePageRuns } from '../../../src/kernel/tracefs/single-page-runs.js';
import { PageModel } from './page-model.js';

const event = fc.record({
  call: fc.oneof({ weight: 8, arbitrary: fc.constant('added' as const) }, { weight: 1, arbitrary: fc.constantFrom('removed' as const, 'dirtied' as const, 'flushed' as const, 'invalidated' as const, 'unsure' as const, 'lost' as const) }),
  dev: fc.constantFrom(1, 1, 1, 2),
  ino: fc.constantFrom(7, 7, 7, 8),
  /** Mostly the page behind the one before. */
  jump: fc.constantFrom(1, 1, 1, 1, 0, -1, 5),
  pages: fc.constantFrom(1, 1, 1, 1, 4),
});

describe('runs of single pages', () => {
  it('say the same as the events that they are made of, in the same order', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const expected = new PageModel();
        const told = new PageModel();
        const runs = new SinglePageRuns();
        runs.target = told;
        let index = 100;
        for (const [time, { call, dev, ino, jump, pages }] of events.entries()) {
          index = Math.max(index + jump, 0);
          for (const sink of [expected, runs]) {
            if (call === 'dirtied') sink.dirtied(dev, ino, index, time);
            else if (call === 'unsure') sink.unsure(dev, ino, time);
            else if (call === 'lost') sink.lost(pages, time);
            else sink[call](dev, ino, index, pages, time);
          }
        }
        runs.flush();
        const untimed = (model: PageModel): object[] => model.calls.map((call) => ({ ...call, timeNs: 0 }));
        assert.deepEqual(untimed(told), untimed(expected));
        const times = told.calls.map((one) => one.timeNs);
        assert.deepEqual(times, times.toSorted((a, b) => a - b), 'in the order of time');
      }),
    );
  });

  it('are one call, with the times of the first and the last', () => {
    const calls: unknown[][] = [];
    const runs = new SinglePageRuns();
    runs.target = Object.assign(new PageModel(), { addedSingly: (...call: unknown[]) => void calls.push(call) });
    for (let page = 5; page < 9; page++) runs.added(1, 2, page, 1, page * 10);
    runs.flush();
    runs.flush();
    assert.deepEqual(calls, [[1, 2, 5, 4, 50, 80]]);
  });
});
