import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PressurePace } from '../../../src/planner/throttle/index.js';

/** A run in virtual time. */
interface Trial {
  /** Share of the time in slices. */
  readonly readShare: number;
  readonly slices: number;
  readonly longestGapMs: number;
  /** What was heard, on average over the gaps' time. */
  readonly heardShare: number;
  readonly endMs: number;
}

/** Runs until `endMs`; reads in flight take `unitMs`, others stall as `stall` says. */
function trial(pace: PressurePace, startMs: number, endMs: number, stall: (readShare: number) => number, unitMs = 1): Trial {
  let [nowMs, readMs, gapMs, heardMs, slices, longestGapMs] = [startMs, 0, 0, 0, 0, 0];
  while (nowMs < endMs) {
    const sliceMs = Math.max(0, Math.ceil((pace.sliceEndMs - nowMs) / unitMs)) * unitMs;
    assert.equal(pace.mayRead(nowMs), true);
    nowMs += sliceMs;
    assert.equal(pace.mayRead(nowMs), false);
    pace.quiet(nowMs);
    const untilMs = pace.listenUntilMs!;
    const thisGapMs = untilMs - nowMs;
    const heard = stall(sliceMs / (sliceMs + thisGapMs));
    assert.equal(pace.mayRead(untilMs), false);
    nowMs = untilMs;
    pace.heard(heard, nowMs);
    readMs += sliceMs;
    gapMs += thisGapMs;
    heardMs += heard * thisGapMs;
    slices++;
    longestGapMs = Math.max(longestGapMs, thisGapMs);
  }
  return { readShare: readMs / (nowMs - startMs), slices, longestGapMs, heardShare: heardMs / gapMs, endMs: nowMs };
}

describe('PressurePace', () => {
  it('loses less than 3 % of the time on an idle machine', () => {
    const { readShare } = trial(new PressurePace(0.2, 0), 0, 60_000, () => 0);
    assert.ok(readShare > 0.97, `${readShare}`);
  });

  it('reads half of the time where others stall as much as the target says', () => {
    const { readShare } = trial(new PressurePace(0.2, 0), 0, 60_000, () => 0.2);
    assert.ok(Math.abs(readShare - 0.5) < 0.01, `${readShare}`);
  });

  it('falls to a hundredth, and never stops, where others stall all the time', () => {
    const { readShare, longestGapMs } = trial(new PressurePace(0.01, 0), 0, 600_000, () => 1);
    assert.ok(readShare > 0.009 && readShare < 0.012, `${readShare}`);
    assert.ok(longestGapMs < 3000);
  });

  it('keeps to its share where a read takes longer than the slice', () => {
    const { readShare } = trial(new PressurePace(0.01, 0), 0, 600_000, () => 1, 90);
    assert.ok(readShare > 0.009 && readShare < 0.012, `${readShare}`);
    // Where it takes very long, no gap is.
    assert.ok(trial(new PressurePace(0.01, 0), 0, 600_000, () => 1, 5000).longestGapMs <= 10_000);
  });

  it('listens for the first time as shortly as it can, however long the first reads take', () => {
    const pace = new PressurePace(0.01, 0);
    pace.quiet(400);
    assert.equal(pace.listenUntilMs, 425);
    pace.heard(1, 425);
    pace.quiet(825);
    assert.ok(pace.listenUntilMs >= 825 + 4 * 400);
  });

  it('does not forget in a moment who is heard now and then, where little is a lot', () => {
    const calmAfter = (target: number): number => {
      const pace = new PressurePace(target, 0);
      const { endMs } = trial(pace, 0, 5000, () => 0.03);
      let gaps = 0;
      for (let nowMs = endMs; pace.isOtherHeard; gaps++) nowMs = trial(pace, nowMs, nowMs + 1, () => 0).endMs;
      return gaps;
    };
    assert.ok(calmAfter(0.01) > 10, `${calmAfter(0.01)}`);
    assert.ok(calmAfter(0.2) <= 3, `${calmAfter(0.2)}`);
  });

  it('stands back within two seconds, and is back soon after the others have gone', () => {
    const pace = new PressurePace(0.05, 0);
    const idle = trial(pace, 0, 20_000, () => 0);
    const busy = trial(pace, idle.endMs, idle.endMs + 2000, () => 0.5);
    assert.ok(pace.odds < 0.1, `${pace.odds}`);
    const floor = trial(pace, busy.endMs, busy.endMs + 60_000, () => 0.5);
    trial(pace, floor.endMs, floor.endMs + 3000, () => 0);
    assert.ok(pace.odds > 10, `${pace.odds}`);
  });

  it('settles for others who stall the more the more is read', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.9, noNaN: true }), fc.double({ min: 0.05, max: 20, noNaN: true }), (target, answer) => {
        const pace = new PressurePace(target, 0);
        const stall = (readShare: number): number => Math.min(1, answer * readShare);
        const { endMs } = trial(pace, 0, 60_000, stall);
        const odds: number[] = [];
        for (let nowMs = endMs, i = 0; i < 8; i++) {
          nowMs = trial(pace, nowMs, nowMs + 1, stall).endMs;
          odds.push(pace.odds);
        }
        assert.ok(Math.max(...odds) / Math.min(...odds) < 1.1, odds.join());
      }),
    );
  });

  it('reads less for a lower target, and less the more others stall', () => {
    const share = (target: number, stall: number): number => trial(new PressurePace(target, 0), 0, 120_000, () => stall).readShare;
    const steps = [0.02, 0.05, 0.1, 0.2, 0.4, 0.8];
    for (let i = 1; i < steps.length; i++) {
      assert.ok(share(steps[i], 0.3) > share(steps[i - 1], 0.3));
      assert.ok(share(0.1, steps[i]) < share(0.1, steps[i - 1]));
    }
  });

  it('keeps its bounds, and moves the right way, whatever is heard', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (heard, target) => {
        const pace = new PressurePace(target, 0);
        let nowMs = 0;
        // What was heard is remembered for a while; then nothing is heard any more.
        for (const share of [...heard, ...Array.from({ length: 100 }, () => 0)]) {
          nowMs = pace.sliceEndMs;
          pace.quiet(nowMs);
          const gapMs = pace.listenUntilMs! - nowMs;
          assert.ok(gapMs > 24.99 && gapMs < 10_000.01, String(gapMs));
          nowMs += gapMs;
          const { odds } = pace;
          pace.heard(share, nowMs);
          assert.ok(pace.odds >= 0.01 && pace.odds <= 40 && pace.odds >= odds / 4 && pace.odds <= odds * 4.001);
          assert.ok(pace.mayRead(nowMs));
        }
        assert.ok(pace.odds > 39.9, String(pace.odds));
      }),
    );
  });
});
