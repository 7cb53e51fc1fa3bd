import assert from 'node:assert/strict';
import { ReadMode } from '../../src/kernel/index.js';
import type { IoPressure } from '../../src/kernel/index.js';
import { ByteBucket, PressurePace } from '../../src/planner/index.js';
import { ColdGate } from '../../src/worker/cold-gate.js';

/** Runs a gate for ten seconds of virtual time; others stall for `stall` of it. */
function run(stall: number, target = 0.2): { readShare: number; carefulShare: number; mode: ReadMode } {
  let heldFor = 0;
  const turns = { mode: ReadMode.FREE as ReadMode };
  const pressure = { start: () => undefined, stop: () => stall, close: () => undefined } as unknown as IoPressure;
  const gate = new ColdGate({ pressure, pace: new PressurePace(target, 0), turns });
  let read = 0;
  let careful = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 5) {
    // What was begun goes on for 10 ms after it is held.
    const may = gate.mayRead(nowMs, heldFor < 2);
    heldFor = may ? 0 : heldFor + 1;
    if (may) read++;
    if (turns.mode !== ReadMode.FREE) careful++;
    if (target <= 0.05) assert.notEqual(turns.mode, ReadMode.CAREFUL);
    else assert.notEqual(turns.mode, ReadMode.GENTLE);
  }
  gate.close();
  return { readShare: read / 2000, carefulShare: careful / 2000, mode: turns.mode };
}

describe('the gate of cold reads', () => {
  it('is open nearly all the time where nobody is heard, and care ends after the first silence', () => {
    const { readShare, carefulShare } = run(0);
    assert.ok(readShare > 0.9, String(readShare));
    assert.ok(carefulShare < 0.02, String(carefulShare));
  });

  it('is open less the more others wait, and reading is careful all the while', () => {
    const calm = run(0.1);
    const busy = run(0.5);
    assert.ok(calm.readShare > busy.readShare + 0.2, `${calm.readShare} ${busy.readShare}`);
    assert.ok(busy.readShare > 0.01);
    assert.ok(calm.carefulShare > 0.9 && busy.carefulShare > 0.9, `${calm.carefulShare} ${busy.carefulShare}`);
  });

  it('is open when it is first asked, however long after it was made', () => {
    const pressure = { start: () => undefined, stop: () => 0, close: () => undefined } as unknown as IoPressure;
    const gate = new ColdGate({ pressure, pace: new PressurePace(0.2, 0), turns: { mode: ReadMode.FREE } });
    assert.ok(gate.mayRead(5000, false));
    assert.ok(!gate.mayRead(5030, false));
    assert.ok(gate.mayRead(5090, false));
  });

  it('listens while nothing is read yet, and lets all be read freely from the first read on if nobody is heard', () => {
    const firstMode = (stall: number, untilMs: number): { mode: ReadMode; may: boolean; heardMs: number } => {
      const turns = { mode: ReadMode.FREE as ReadMode };
      let nowMs = 0;
      let startMs = NaN;
      let heardMs = NaN;
      const pressure = { start: () => (startMs = nowMs), stop: () => ((heardMs = nowMs - startMs), stall), close: () => undefined } as unknown as IoPressure;
      const gate = new ColdGate({ pressure, pace: new PressurePace(0.2, 0), turns });
      for (; nowMs < untilMs; nowMs += 10) gate.listen(nowMs);
      return { may: gate.mayRead(nowMs, false), mode: turns.mode, heardMs };
    };
    assert.deepEqual(firstMode(0, 300), { may: true, mode: ReadMode.FREE, heardMs: 290 });
    assert.deepEqual(firstMode(0.5, 300), { may: true, mode: ReadMode.CAREFUL, heardMs: 290 });
    // Too short to tell: it goes on to listen.
    assert.deepEqual(firstMode(0, 20), { may: false, mode: ReadMode.FREE, heardMs: NaN });
    assert.deepEqual(firstMode(0, 0), { may: true, mode: ReadMode.CAREFUL, heardMs: NaN });
  });

  it('has all be read gently for who wants others to wait for next to none of the time', () => {
    assert.ok(run(0.1, 0.01).carefulShare > 0.9);
    // Little is a lot to them.
    assert.ok(run(0.015, 0.01).carefulShare > 0.9);
    assert.ok(run(0.015, 0.2).carefulShare < 0.1);
  });

  it('lets everybody read freely when it is closed', () => {
    assert.equal(run(1).mode, ReadMode.FREE);
  });

  it('keeps to the bandwidth', () => {
    const gate = new ColdGate({ bucket: new ByteBucket(1000, 0), turns: { mode: ReadMode.FREE } });
    let bytes = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
      if (!gate.mayRead(nowMs, false)) continue;
      gate.spend(100, nowMs);
      bytes += 100;
    }
    assert.ok(bytes >= 9_500 && bytes <= 10_500, String(bytes));
  });
});
