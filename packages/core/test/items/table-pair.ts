import assert from 'node:assert/strict';
import { eventMask } from '../../src/model/index.js';
import { ItemTable } from '../../src/items/index.js';
import { FIRST_FILES, INODES, MOST_FILES, TASKS } from './history.js';
import type { Step } from './history.js';
import { ReferenceTable, chunkOf } from './reference-table.js';

/** A run as `fetch` gives it. */
interface Run {
  readonly slot: number;
  readonly index: number;
  readonly pages: number;
  readonly events: number;
  readonly changed: number;
}

/** Takes the item table and the model through the same history, and compares them at each step. */
export class TablePair {
  readonly #stale = new Set<number>();
  readonly #strangers: string[] = [];
  readonly #lost: number[] = [];
  readonly #suspects = new Set<number>();
  readonly #table = new ItemTable({
    unknownInode: (dev, ino) => this.#strangers.push(`${dev}:${ino}`),
    stale: (slot) => this.#stale.add(slot),
    suspect: (slot) => this.#suspects.add(slot),
    lost: (events) => this.#lost.push(events),
  });
  readonly #model = new ReferenceTable();
  /** Numbers of the tasks in their places. */
  readonly #tasks: (number | undefined)[] = Array.from({ length: TASKS }, () => undefined);
  readonly #twins: boolean;
  #now = 1000;

  /** `twins`: superblocks may come to share their numbers, and an inode number may get a second slot, as in another subvolume. */
  constructor(twins: boolean) {
    this.#twins = twins;
    for (const { dev, ino } of INODES.slice(0, FIRST_FILES)) this.#addFile(dev, ino);
  }

  run(step: Step): void {
    this.#now++;
    this.#model.begin();
    this.#strangers.length = 0;
    this.#lost.length = 0;
    this.#do(step);
    this.#compareBits();
  }

  /** Compares the states of all pages, then fetches all for everybody: after that only resident pages take memory. */
  end(): void {
    this.#comparePages();
    for (const id of this.#ids()) {
      this.#fetch(id, Infinity);
      assert.equal(this.#table.waiting(id), 0);
      assert.equal(this.#table.fetch(id, Infinity, () => assert.fail('told twice')), 0);
    }
    assert.equal(this.#table.chunks, this.#model.residentChunks, 'chunks');
    for (const id of this.#ids()) this.#both((one) => one.unregister(id));
    assert.equal(this.#table.chunks, 0, 'chunks of nobody');
  }

  #do(step: Step): void {
    switch (step.do) {
      case 'register':
        return this.#register(step);
      case 'unregister':
        return this.#withTask(step.task, (id) => {
          this.#tasks[step.task] = undefined;
          this.#both((one) => one.unregister(id));
        });
      case 'appear':
        return this.#appear(step);
      case 'share':
        if (this.#twins) this.#both((one) => one.shareNumbers(INODES[step.inode].dev));
        return undefined;
      case 'reuse':
        return this.#withFile(step.file, (slot) => {
          // As the session does when it finds another file in the inode.
          for (const id of this.#ids()) {
            this.#both((one) => one.resetDone(slot, id));
            this.#both((one) => one.setRelevant(slot, id, false));
            this.#both((one) => one.forgetSeen(slot, id));
          }
          this.#decide(slot, step.wants);
        });
      case 'relevant':
        return this.#withBoth(step, (slot, id) => this.#both((one) => one.setRelevant(slot, id, step.relevant)));
      case 'done':
        return this.#withBoth(step, (slot, id) => this.#both((one) => one.setDone(slot, id)));
      case 'reset':
        return this.#withBoth(step, (slot, id) => this.#both((one) => one.resetDone(slot, id)));
      case 'forgetSeen':
        return this.#withBoth(step, (slot, id) => this.#both((one) => one.forgetSeen(slot, id)));
      case 'added':
      case 'removed':
        return this.#event(step.inode, (one, dev, ino) => one[step.do](dev, ino, step.index, 2 ** step.order, this.#now));
      case 'readd':
        for (let i = 0; i < step.times; i++) {
          this.#event(step.inode, (one, dev, ino) => one.removed(dev, ino, step.index, 2 ** step.order, this.#now));
          this.#event(step.inode, (one, dev, ino) => one.added(dev, ino, step.index, 2 ** step.order, this.#now));
        }
        return undefined;
      case 'dirtied':
        return this.#event(step.inode, (one, dev, ino) => one.dirtied(dev, ino, step.index, this.#now));
      case 'flushed':
        return this.#event(step.inode, (one, dev, ino) => one.flushed(dev, ino, step.index, step.pages, this.#now));
      case 'invalidated':
        return this.#event(step.inode, (one, dev, ino) => one.invalidated(dev, ino, step.index, step.pages, this.#now));
      case 'unsure':
        return this.#event(step.inode, (one, dev, ino) => one.unsure(dev, ino, this.#now));
      case 'truncate':
        return this.#withFile(step.file, (slot) => this.#truncate(slot, step.index));
      case 'lost':
        this.#both((one) => one.lost(step.events, this.#now - step.ageNs));
        return assert.deepEqual(this.#lost, [step.events]);
      case 'snapshot':
        return this.#withFile(step.file, (slot) => {
          const snapshot = { ...step, probedNs: this.#now - step.ageNs };
          assert.equal(this.#table.applySnapshot(slot, snapshot), this.#model.applySnapshot(slot, snapshot), 'applied');
        });
      case 'fetch':
        return this.#withTask(step.task, (id) => this.#fetch(id, step.max));
    }
  }

  #register({ mask: names, wants }: Extract<Step, { do: 'register' }>): void {
    const place = this.#tasks.indexOf(undefined);
    if (place === -1) return;
    const mask = eventMask(names);
    const id = this.#table.register(mask);
    assert.ok(!this.#tasks.includes(id), `number ${id} was given twice`);
    this.#model.register(id, mask);
    this.#tasks[place] = id;
    for (let slot = 0; slot < this.#model.files.length; slot++) this.#both((one) => one.setRelevant(slot, id, wants[slot]));
  }

  #appear({ inode, wants }: Extract<Step, { do: 'appear' }>): void {
    const { dev, ino } = INODES[inode];
    const known = this.#model.files.some((file) => file.dev === dev && file.ino === ino);
    if (this.#model.files.length === MOST_FILES || (known && !this.#twins)) return;
    this.#decide(this.#addFile(dev, ino), wants);
  }

  #addFile(dev: number, ino: number): number {
    const slot = this.#table.addFile(dev, ino);
    assert.equal(slot, this.#model.addFile(dev, ino));
    return slot;
  }

  #decide(slot: number, wants: readonly boolean[]): void {
    for (const [place, id] of this.#tasks.entries()) if (id !== undefined) this.#both((one) => one.setRelevant(slot, id, wants[place]));
  }

  /** Folios from `index` on leave, one that begins before it only in part. */
  #truncate(slot: number, index: number): void {
    const { dev, ino, pages } = this.#model.files[slot];
    const gone = [...pages].filter(([page]) => page >= index).sort(([a], [b]) => a - b);
    for (let from = 0, to = 1; from < gone.length; from = to++) {
      while (to < gone.length && gone[to][0] === gone[to - 1][0] + 1 && !gone[to][1].head) to++;
      this.#both((one) => one.removed(dev, ino, gone[from][0], to - from, this.#now));
    }
  }

  #event(inode: number, tell: (one: ItemTable | ReferenceTable, dev: number, ino: number) => void): void {
    const { dev, ino } = INODES[inode];
    const stranger = !this.#model.files.some((file) => file.dev === dev && file.ino === ino);
    this.#strangers.length = 0;
    this.#both((one) => tell(one, dev, ino));
    assert.deepEqual(this.#strangers, stranger ? [`${dev}:${ino}`] : []);
  }

  #fetch(id: number, max: number): void {
    const expected = this.#model.pending(id);
    const runs: Run[] = [];
    const told = this.#table.fetch(id, max, (slot, index, pages, events, changed) => runs.push({ slot, index, pages, events, changed }));
    assert.equal(told, runs.length);
    assert.ok(told <= max);
    const left = this.#compareContent(runs, expected);
    this.#compareOrder(id, runs, left);
    for (const { slot, index, pages } of runs) for (let page = index; page < index + pages; page++) this.#model.fetched(id, slot, page);
    if (told < max) assert.deepEqual(left, new Set(), 'not fetched');
    this.#model.fetchEnded(id, told, told < max);
  }

  /** Each page once, with the right bits, in runs as long as can be. Gives the pages that were not fetched. */
  #compareContent(runs: readonly Run[], expected: ReadonlyMap<string, { events: number; changed: number }>): Set<string> {
    const left = new Set(expected.keys());
    for (const [i, { slot, index, pages, events, changed }] of runs.entries()) {
      assert.ok(pages >= 1);
      for (let page = index; page < index + pages; page++) {
        assert.deepEqual({ events, changed }, expected.get(`${slot}:${page}`), `${slot}:${page}`);
        assert.ok(left.delete(`${slot}:${page}`), `${slot}:${page} came twice`);
      }
      const next = runs[i + 1];
      const joins = next?.slot === slot && next.index === index + pages && next.events === events && next.changed === changed;
      assert.ok(!joins, 'two runs make one');
    }
    return left;
  }

  /** The order that `ItemTable.fetch` promises. */
  #compareOrder(id: number, runs: readonly Run[], left: ReadonlySet<string>): void {
    const waiting = this.#model.waiting(id);
    const passed = new Set<string>();
    let chunk = '';
    let last = -1;
    let newest = 0;
    for (const { slot, index, pages } of runs) {
      for (let page = index; page < index + pages; page++) {
        if (chunkOf(slot, page) === chunk) {
          assert.ok(page > last, 'pages of a chunk ascend');
        } else {
          passed.add(chunk);
          chunk = chunkOf(slot, page);
          assert.ok(!passed.has(chunk), 'a chunk comes in one piece');
          const { first, since } = waiting.get(chunk)!;
          assert.ok(since >= newest, `chunk ${chunk} waited since ${since}, behind one that came in ${newest}`);
          newest = Math.max(newest, first);
        }
        last = page;
      }
    }
    for (const key of left) {
      const [slot, page] = key.split(':').map(Number);
      const { since } = waiting.get(chunkOf(slot, page))!;
      assert.ok(since >= newest, `${key} was left out, which waited since ${since}, for one that came in ${newest}`);
      assert.ok(!passed.has(chunkOf(slot, page)), `${key} was left out of a chunk that was passed`);
    }
  }

  #compareBits(): void {
    assert.deepEqual([...this.#stale].sort(), [...this.#model.stale].sort(), 'stale');
    assert.deepEqual([...this.#suspects].sort(), [...this.#model.suspects].sort(), 'suspects');
    for (const id of this.#ids()) {
      const task = this.#model.tasks.get(id)!;
      for (let slot = 0; slot < this.#model.files.length; slot++) {
        assert.equal(this.#table.isSeen(slot, id), task.seen.has(slot), `seen ${slot}`);
        assert.equal(this.#table.isRelevant(slot, id), task.relevant.has(slot), `relevant ${slot}`);
        assert.equal(this.#table.isDone(slot, id), task.done.has(slot), `done ${slot}`);
      }
      assert.deepEqual(this.#table.counters(id), task.counters, `counters of ${id}`);
    }
  }

  #comparePages(): void {
    const [table, model] = [this.#table, this.#model];
    for (let slot = 0; slot < model.files.length; slot++) {
      for (const [index, pages] of [[0, Infinity], [0, 1], [31, 2], [60, 70], [64, 64], [1000, 2 ** 41]] as const) {
        assert.equal(table.residentPages(slot, index, pages), model.count(slot, index, pages, () => true), 'resident');
        assert.equal(table.dirtyPages(slot, index, pages), model.count(slot, index, pages, (state) => state.modified), 'dirty');
        assert.equal(table.untrustedPages(slot, index, pages), model.count(slot, index, pages, (state) => !state.fromDisk), 'untrusted');
      }
    }
  }

  #ids(): number[] {
    return this.#tasks.filter((id) => id !== undefined);
  }

  #withTask(place: number, run: (id: number) => void): void {
    const id = this.#tasks[place];
    if (id !== undefined) run(id);
  }

  #withFile(slot: number, run: (slot: number) => void): void {
    if (slot < this.#model.files.length) run(slot);
  }

  #withBoth({ file, task }: { readonly file: number; readonly task: number }, run: (slot: number, id: number) => void): void {
    this.#withTask(task, (id) => this.#withFile(file, (slot) => run(slot, id)));
  }

  #both(call: (one: ItemTable | ReferenceTable) => void): void {
    call(this.#table);
    call(this.#model);
  }
}
