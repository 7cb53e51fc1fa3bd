import assert from 'node:assert/strict';
import { VirtualTimeScheduler } from 'rxjs';
import type { Subscription } from 'rxjs';
import { polls } from '../../src/session/polls.js';

/** A session that polls every 10 ms of virtual time. */
class Polled {
  readonly scheduler = new VirtualTimeScheduler(undefined, 0);
  /** When it fetched. */
  readonly at: number[] = [];
  readonly told: (readonly string[])[] = [];
  activity = 0;
  waiting: string[] = [];
  woken: (() => void) | undefined;
  readonly subscription: Subscription;

  constructor(sleeps: boolean) {
    const fetch = (): string[] => {
      this.at.push(this.scheduler.now());
      return this.waiting.splice(0);
    };
    this.subscription = polls(fetch, 10, this.scheduler, sleeps ? this : undefined).subscribe((items) => this.told.push(items));
  }

  wait(woken: () => void): void {
    this.woken = woken;
  }

  happen(item: string): void {
    this.activity++;
    this.waiting.push(item);
    this.woken?.();
    this.woken = undefined;
  }

  pass(ms: number): void {
    this.scheduler.maxFrames += ms;
    this.scheduler.schedule(() => undefined, this.scheduler.maxFrames - this.scheduler.frame);
    this.scheduler.flush();
  }
}

describe('polls of a session', () => {
  it('come at the interval where nothing tells what happens', () => {
    const polled = new Polled(false);
    polled.pass(40);
    assert.deepEqual(polled.at, [10, 20, 30, 40]);
    assert.deepEqual(polled.told, [], 'batches are never empty');
  });

  it('come 2.5 times as far apart while things happen', () => {
    const polled = new Polled(true);
    for (let turn = 0; turn < 11; turn++) {
      polled.happen(`at ${turn * 10}`);
      polled.pass(10);
    }
    assert.deepEqual(polled.at, [10, 35, 60, 85, 110]);
    assert.equal(polled.told.flat().length, 11);
  });

  it('stop while nothing happens, and go on an interval after something does', () => {
    const polled = new Polled(true);
    polled.pass(1000);
    assert.deepEqual(polled.at, [10, 35, 60, 85, 110], 'it sleeps');
    polled.happen('late');
    polled.pass(35);
    assert.deepEqual(polled.told, [['late']]);
    assert.deepEqual(polled.at.slice(5), [1010, 1035]);
    polled.pass(1000);
    assert.equal(polled.at.at(-1), 1010 + 5 * 25, 'it sleeps again');
  });

  it('go on while something is under way', () => {
    const polled = new Polled(true);
    for (let ms = 0; ms < 600; ms += 25) {
      polled.activity++;
      polled.pass(25);
    }
    assert.equal(polled.at.length, 24);
  });

  it('fail with what fetching fails with', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 100);
    const errors: unknown[] = [];
    const fetch = (): never => {
      throw new RangeError('the session is over');
    };
    polls(fetch, 10, scheduler).subscribe({ error: (error) => errors.push(error) });
    scheduler.flush();
    assert.deepEqual(errors.map(String), ['RangeError: the session is over']);
  });

  it('are over with the subscription, also while it sleeps', () => {
    const polled = new Polled(true);
    polled.pass(1000);
    polled.subscription.unsubscribe();
    polled.happen('nobody cares');
    polled.pass(1000);
    assert.equal(polled.at.length, 5);
  });
});
