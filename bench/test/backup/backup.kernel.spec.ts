import assert from 'node:assert/strict';
import { addBothWays } from '../../src/backup/both-ways.js';
import { compareBoth } from '../../src/backup/equality.js';
import { fillManyTimes } from '../../src/backup/full-disk.js';
import { killManyTimes } from '../../src/backup/kill.js';
import { shareAndPrune } from '../../src/backup/prune.js';
import { inWorkshop } from '../../src/backup/workshop.js';
import { MIB } from '../../src/bars/bench.js';
import { Random } from '../../src/tree/random.js';

/* `npm run bench:backup`, in short. */

const SEED = 7;

describe('backups beside restic', function () {
  this.timeout(180_000);
  before(function () {
    if (process.getuid?.() === 0) return;
    if (process.env['DUET_REQUIRE_KERNEL'] === '1') throw new Error('not root');
    this.skip();
  });

  it('an entry of every kind comes back as it was, by both, from the same tree blobs', () =>
    inWorkshop(async (workshop) => {
      const { entries, ...rest } = await compareBoth(workshop, 4 * MIB, SEED);
      assert.ok(entries > 60);
      assert.deepEqual(rest, { check: 0, verify: 0, byDuet: [], byRestic: [], byMount: rest.byMount && [], sameTrees: true, failed: [] });
    }));

  it('what one backed up, the other adds next to nothing to', () =>
    inWorkshop(async (workshop) => {
      const { resticAfterDuet, duetAfterRestic } = await addBothWays(workshop, 64 * MIB, SEED);
      // Snapshot, index and the lists of the folders above take some kilobytes, however much data there is.
      assert.ok(Math.max(resticAfterDuet, duetAfterRestic) < 0.001, `${resticAfterDuet}, ${duetAfterRestic}`);
    }));

  it('kill -9 harms nothing, and what was durable is not read again', () =>
    inWorkshop(async (workshop) => {
      const random = new Random(SEED);
      const tally = await killManyTimes(workshop, 96 * MIB, SEED, 4, () => 700 + random.next() * 1500);
      assert.deepEqual({ ...tally, afterCheckpoint: 0, amidUnsaved: 0, cycles: 0 }, { kills: 4, afterCheckpoint: 0, amidUnsaved: 0, cycles: 0, damaged: 0, halfWritten: 0, readAgain: 0, restoredWrongly: 0 });
    }));

  it('a full disk is one clear error, and nothing is lost', () =>
    inWorkshop(async (workshop) => {
      const tally = await fillManyTimes(workshop, 'ext4', 48 * MIB, SEED, 1);
      assert.deepEqual(tally, { times: 1, otherEnds: [], damaged: 0, halfWritten: 0, notGoneOn: 0 });
    }));

  it('two writers at once, and prunes in between, harm nothing', () =>
    inWorkshop(async (workshop) => {
      assert.deepEqual(await shareAndPrune(workshop, 32 * MIB, SEED), { failed: [], damaged: 0, restoredWrongly: 0 });
    }));
});
