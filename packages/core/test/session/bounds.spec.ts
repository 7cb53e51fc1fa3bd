import assert from 'node:assert/strict';
import { config } from 'rxjs';
import type { EventName, Item } from '../../src/model/index.js';
import { ScriptedDisk } from './scripted-disk.js';

const PAGES = 512;
const ROUNDS = 1000;
const CHUNK_PAGES = 64;

/** Pages told by the items, in order of arrival. */
function pagesOf(items: readonly Item[]): number[] {
  return items.flatMap(({ index, pages }) => Array.from({ length: pages }, (_, i) => index + i));
}

describe('SessionHub: bounds', function () {
  this.timeout(60_000);

  for (const events of [['exists', 'modified'], ['added', 'removed', 'dirty', 'flushed'], ['exists', 'dirty', 'flushed']] as EventName[][]) {
    it(`memory for ${events.join('+')} that is never fetched is bounded by the pages, not by two million events`, () => {
      const disk = new ScriptedDisk();
      const files = ['/data/a', '/data/b'].map((path) => disk.create(path));
      const silent = disk.register('/data', { events });
      disk.pass(1);
      const { table } = disk.hub;
      let most = 0;
      for (let round = 0; round < ROUNDS; round++) {
        for (const file of files) {
          disk.write(file, 0, PAGES);
          disk.flush(file);
          if (round % 2 === 1) disk.evict(file, 0, PAGES);
        }
        disk.hub.pump();
        most = Math.max(most, table.chunks, table.waiting(silent.id));
      }
      const { seen } = silent.counters();
      assert.ok(seen > 2_000_000, `${seen} events`);
      assert.ok(most <= (files.length * PAGES) / CHUNK_PAGES, `${most} chunks`);
      silent.fetch(Infinity);
      assert.equal(table.waiting(silent.id), 0);
      assert.equal(table.chunks, 0);
    });
  }

  it('a batch is not made before the last one was taken', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const session = disk.register('/data', { batchSize: 2 });
    const sizes: number[] = [];
    let inside = 0;
    session.items$.subscribe((items) => {
      assert.equal(++inside, 1);
      sizes.push(items.length);
      inside--;
    });
    disk.pass(1);
    for (let page = 0; page < 20; page += 2) disk.read(file, page);
    disk.pass(15);
    assert.deepEqual(sizes, [2]);
    // Those not taken wait in the table, not in batches.
    disk.evict(file, 4);
    disk.pass(100);
    assert.deepEqual(sizes, [2, 2, 2, 2, 1]);
  });

  describe('a subscriber that throws', () => {
    const unhandled: unknown[] = [];
    beforeEach(() => {
      unhandled.length = 0;
      config.onUnhandledError = (error) => unhandled.push(error);
    });
    afterEach(() => (config.onUnhandledError = null));

    it('is told on the process, every time, and breaks neither the hub, nor others, nor itself', async () => {
      const disk = new ScriptedDisk();
      const file = disk.create('/data/a');
      const [failing, sound] = [disk.register('/data'), disk.register('/data')];
      const [calls, beside, told]: number[][] = [[], [], []];
      failing.items$.subscribe((items) => {
        calls.push(...pagesOf(items));
        throw new Error('as meant');
      });
      failing.items$.subscribe((items) => beside.push(...pagesOf(items)));
      sound.items$.subscribe((items) => told.push(...pagesOf(items)));
      failing.lost$.subscribe(() => {
        throw new Error('as meant');
      });
      disk.pass(1);
      for (let page = 0; page < 5; page++) {
        disk.read(file, page * 2);
        disk.pass(10);
      }
      disk.lose();
      disk.pass(20);
      for (const pages of [calls, beside, told]) assert.deepEqual(pages, [0, 2, 4, 6, 8]);
      // It is reported when the stack is empty.
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual(unhandled.map(String), Array.from({ length: 6 }, () => 'Error: as meant'));
    });

    it('in accepts, ends its own session and no other', () => {
      const disk = new ScriptedDisk();
      const files = ['/data/a', '/data/b'].map((path) => disk.create(path));
      const failing = disk.register('/data', {
        accepts: () => {
          throw new Error('as meant');
        },
      });
      const sound = disk.register('/data');
      let ended: unknown;
      failing.items$.subscribe({ error: (error: unknown) => (ended = error) });
      disk.pass(1);
      for (const file of files) disk.read(file, 0);
      assert.deepEqual(sound.fetch(10).map(({ file }) => file.path), ['a', 'b']);
      assert.ok(ended instanceof Error);
      assert.deepEqual(unhandled, []);
    });
  });

  it('a subscriber that blocks delays, and costs the others nothing else', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const [blocking, sound] = [disk.register('/data'), disk.register('/data')];
    const told: number[] = [];
    blocking.items$.subscribe(() => {
      // Virtual time stands still meanwhile; what happens on the disk does not.
      for (let page = 100; page < 200; page += 2) disk.read(file, page);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    });
    sound.items$.subscribe((items) => told.push(...pagesOf(items)));
    disk.pass(1);
    disk.read(file, 0);
    disk.pass(30);
    assert.deepEqual(told, [0, ...Array.from({ length: 50 }, (_, i) => 100 + i * 2)]);
  });
});
