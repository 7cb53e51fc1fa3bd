import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DuetError } from '../../src/model/index.js';
import type { Commit, Store, TaskRow } from '../../src/model/index.js';
import type { LoadedDoneSet } from '../../src/store/index.js';

/** A store as the suite needs it: the contract, and the done set that both kinds return. */
export type SuiteStore = Omit<Store, 'loadDone'> & { loadDone(task: number): Promise<LoadedDoneSet> };

/** A place for a store: `open` gives the same content again, `remove` deletes it. */
export interface StorePlace {
  open(now?: () => number): Promise<SuiteStore>;
  remove(): Promise<void>;
}

export function commitOf(task: number, change: Partial<Commit>): Commit {
  return { task, namespace: 'test', done: [], partial: [], state: new Map(), ...change };
}

/** Asserts that `promise` rejects with an error of that code. */
export async function rejectsWith(promise: Promise<unknown>, code: string, message?: RegExp): Promise<DuetError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof DuetError, `not a DuetError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (message) assert.match(error.message, message);
    return error;
  }
  assert.fail(`resolved instead of ${code}`);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();

/** What every `Store` does. */
export function storeSuite(makePlace: () => StorePlace): void {
  let place: StorePlace;
  let store: SuiteStore;
  let task: TaskRow;

  beforeEach(async () => {
    place = makePlace();
    store = await place.open(() => 1000);
    task = await store.openTask('scrub', '/data');
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });
  const reopen = async (now = () => 2000) => {
    await store.close();
    store = await place.open(now);
  };
  const number = (inos: number[], fsNames = ['fs-a'], fs = inos.map(() => 0)) =>
    store.fileNumbers(fsNames, Uint16Array.from(fs), Float64Array.from(inos), Uint32Array.from(inos, () => 4_294_967_295));

  describe('tasks', () => {
    it('makes a task once, and keeps it', async () => {
      assert.deepEqual(task, { id: task.id, name: 'scrub', path: '/data', cycle: 1, startedMs: 1000, finishedMs: 0 });
      const other = await store.openTask('scrub', '/other\xff');
      assert.notEqual(other.id, task.id);
      await reopen();
      assert.deepEqual(await store.openTask('scrub', '/data'), { ...task, startedMs: 2000 });
      assert.deepEqual(store.tasks(), [{ ...task, startedMs: 2000 }, other]);
    });

    it('refuses to open a task twice, here and elsewhere, until it is released', async () => {
      const error = await rejectsWith(store.openTask('scrub', '/data'), 'DUET_ERR_TASK_RUNNING');
      assert.match(error.message, new RegExp(`${process.pid}`));
      const elsewhere = await place.open();
      try {
        await rejectsWith(elsewhere.openTask('scrub', '/data'), 'DUET_ERR_TASK_RUNNING');
        await store.releaseTask(task.id);
        assert.equal((await elsewhere.openTask('scrub', '/data')).id, task.id);
        await store.releaseTask(task.id);
        await rejectsWith(store.openTask('scrub', '/data'), 'DUET_ERR_TASK_RUNNING');
      } finally {
        await elsewhere.close();
      }
      await store.openTask('scrub', '/data');
    });

    it('refuses to write to a task that is not open', async () => {
      await store.releaseTask(task.id);
      await rejectsWith(store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 1n }] })), 'DUET_ERR_INTERNAL');
      await rejectsWith(store.resetDone(task.id, [1]), 'DUET_ERR_INTERNAL');
      await rejectsWith(store.finishCycle(task.id), 'DUET_ERR_INTERNAL');
      await store.commit(commitOf(0, { state: new Map([['key', bytes('value')]]) }));
      assert.equal(text(store.stateReader('test').get('key')), 'value');
    });
  });

  describe('file numbers', () => {
    it('are dense from 1, and the same again', async () => {
      assert.deepEqual([...await number([10, 2 ** 52, 10, 4_000_000_000])], [1, 2, 1, 3]);
      assert.deepEqual([...await number([11, 10], ['fs-b', 'fs-a'], [0, 1])], [4, 1]);
      assert.deepEqual([...await number([])], []);
      await reopen();
      assert.deepEqual([...await number([10, 12, 2 ** 52])], [1, 5, 2]);
      assert.deepEqual(store.fileId(2), { fs: 'fs-a', ino: 2 ** 52, gen: 4_294_967_295 });
      assert.deepEqual(store.fileId(4), { fs: 'fs-b', ino: 11, gen: 4_294_967_295 });
      assert.equal(store.fileId(6), undefined);
      assert.equal(store.fileId(0), undefined);
    });

    it('do not depend on how files come: new, known, twice, mixed', async () => {
      const known = new Map<number, number>();
      for (const inos of [[1, 2, 3, 2], [4, 5, 6], [6, 7, 5, 7], [1, 2, 3, 4], [8, 1, 9, 9, 10], [10, 9, 8, 11]]) {
        const nos = await number(inos);
        inos.forEach((ino, i) => {
          if (!known.has(ino)) known.set(ino, known.size + 1);
          assert.equal(nos[i], known.get(ino), `number of ${ino} among ${inos.join()}`);
        });
      }
    });

    it('leave the arrays that were passed as they were, and take part of a larger one', async () => {
      const ino = Float64Array.of(1, 2, 3, 4);
      assert.deepEqual([...await store.fileNumbers(['fs'], new Uint16Array(2), ino.subarray(1, 3), new Uint32Array(2))], [1, 2]);
      assert.deepEqual([...ino], [1, 2, 3, 4]);
      assert.equal(store.fileId(2)?.ino, 3);
    });
  });

  describe('done files', () => {
    it('come back with their stamps', async () => {
      const last = 4_294_967_295;
      const done = [1, 500, 499, 31_999, 32_000, last].map((no) => ({ no, stamp: BigInt(no) * 4_294_967_297n }));
      await store.commit(commitOf(task.id, { done }));
      await reopen();
      const set = await store.loadDone(task.id);
      assert.equal(set.size, done.length);
      for (const { no, stamp } of done) assert.equal(set.stamp(no), stamp);
      for (const no of [0, 2, 498, 501, 32_001, 1_000_000, last - 1]) {
        assert.equal(set.has(no), false);
        assert.equal(set.stamp(no), 0n);
      }
    });

    it('belong to one task', async () => {
      const other = await store.openTask('backup', '/data');
      await store.commit(commitOf(task.id, { done: [{ no: 7, stamp: 7n }] }));
      await store.commit(commitOf(other.id, { done: [{ no: 8, stamp: 8n }] }));
      await store.finishCycle(other.id);
      assert.equal((await store.loadDone(other.id)).size, 0);
      assert.equal((await store.loadDone(task.id)).stamp(7), 7n);
    });

    it('are reset, one by one and all', async () => {
      await store.commit(commitOf(task.id, { done: [1, 2, 40_000].map((no) => ({ no, stamp: 5n })) }));
      await store.resetDone(task.id, [2, 3, 99_999]);
      let set = await store.loadDone(task.id);
      assert.deepEqual([set.size, set.has(1), set.has(2), set.has(40_000)], [2, true, false, true]);
      await store.resetDone(task.id, 'all');
      set = await store.loadDone(task.id);
      assert.equal(set.size, 0);
      assert.equal(store.tasks()[0]?.cycle, 1);
    });

    it('are forgotten at the end of a cycle, which is counted', async () => {
      const partial = [{ no: 3, stamp: 1n, segments: bytes('x') }];
      await store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 5n }], partial, state: new Map([['key', bytes('kept')]]) }));
      await store.finishCycle(task.id);
      await reopen();
      const set = await store.loadDone(task.id);
      assert.deepEqual([set.size, set.partial.size], [0, 0]);
      assert.deepEqual(store.tasks(), [{ ...task, cycle: 2, finishedMs: 1000 }]);
      assert.equal(text(store.stateReader('test').get('key')), 'kept');
    });

    it('are a snapshot that the caller keeps up to date', async () => {
      await store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 1n }, { no: 2, stamp: 2n }] }));
      const set = await store.loadDone(task.id);
      await store.commit(commitOf(task.id, { done: [{ no: 3, stamp: 3n }] }));
      await store.resetDone(task.id, [1]);
      assert.deepEqual([set.has(1), set.has(3), set.size], [true, false, 2]);
      set.add(3, 3n);
      set.add(2, 22n);
      set.delete(1);
      assert.deepEqual([set.stamp(1), set.stamp(2), set.stamp(3), set.size], [0n, 22n, 3n, 2]);
    });

    it('give the right stamps while many are added, committed before or later', async () => {
      const set = await store.loadDone(task.id);
      const expected = new Map<number, bigint>();
      for (let round = 0; round < 6; round++) {
        const done = Array.from({ length: 3000 }, (_, i) => ({ no: 1 + (i * 7 + round * 1500) % 60_000, stamp: BigInt(round * 10_000 + i + 1) }));
        if (round % 2 === 0) await store.commit(commitOf(task.id, { done }));
        for (const { no, stamp } of done) {
          set.add(no, stamp);
          expected.set(no, stamp);
        }
        if (round % 3 === 1) await store.commit(commitOf(task.id, { done }));
        for (const [no, stamp] of expected) assert.equal(set.stamp(no), stamp);
      }
      assert.equal(set.size, expected.size);
    });
  });

  describe('unfinished files', () => {
    const partial = (no: number, segments: string) => ({ no, stamp: 2n ** 64n - BigInt(no), segments: bytes(segments) });

    it('come back, are replaced and forgotten', async () => {
      await store.commit(commitOf(task.id, { partial: [partial(1, 'a'), partial(2, 'bb'), partial(3, 'ccc')] }));
      await store.commit(commitOf(task.id, { partial: [partial(1, ''), partial(2, 'new')] }));
      await reopen();
      const set = await store.loadDone(task.id);
      assert.deepEqual([...set.partial.keys()].sort(), [2, 3]);
      assert.deepEqual({ ...set.partial.get(2)!, segments: text(set.partial.get(2)!.segments) }, { ...partial(2, ''), segments: 'new' });
    });

    it('are forgotten when done or reset', async () => {
      await store.commit(commitOf(task.id, { partial: [partial(1, 'a'), partial(2, 'b'), partial(3, 'c')] }));
      await store.commit(commitOf(task.id, { done: [{ no: 1, stamp: 1n }] }));
      await store.resetDone(task.id, [2]);
      assert.deepEqual([...(await store.loadDone(task.id)).partial.keys()], [3]);
    });
  });

  describe('plugin state', () => {
    it('is kept by namespace, also when empty, and deleted', async () => {
      assert.equal(store.stateReader('test').any, false);
      await store.commit(commitOf(task.id, { state: new Map([['a', bytes('1')], ['empty', bytes('')], ['gone', bytes('x')], ['nul\0key', bytes('\0')]]) }));
      await store.commit(commitOf(task.id, { namespace: 'other', state: new Map([['a', bytes('2')]]) }));
      await store.commit(commitOf(task.id, { state: new Map([['gone', null], ['never', null], ['a', bytes('3')]]) }));
      for (const again of [false, true]) {
        if (again) await reopen();
        const state = store.stateReader('test');
        assert.equal(state.any, true);
        assert.equal(text(state.get('a')), '3');
        assert.equal(text(state.get('empty')), '');
        assert.equal(text(state.get('nul\0key')), '\0');
        assert.equal(state.get('gone'), undefined);
      }
      assert.equal(text(store.stateReader('other').get('a')), '2');
      assert.equal(store.stateReader('third').any, false);
    });

    it('is listed by prefix in the order of UTF-8 bytes, whatever changes meanwhile', async () => {
      const keys = ['p', 'p\u{1f600}', 'p\ue000', 'p\uffff', 'pé', 'pz', 'q', 'o'];
      await store.commit(commitOf(task.id, { state: new Map(keys.map((key) => [key, bytes(key)])) }));
      const listed = [...store.stateReader('test').entries('p')].map(([key]) => key);
      const byBytes = keys.filter((key) => key.startsWith('p')).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(listed, byBytes);

      const many = Array.from({ length: 1000 }, (_, i) => `n${String(i).padStart(4, '0')}`);
      await store.commit(commitOf(task.id, { state: new Map(many.map((key) => [key, bytes(key)])) }));
      const seen: string[] = [];
      for (const [key] of store.stateReader('test').entries('n')) {
        if (seen.push(key) === 10) await store.commit(commitOf(task.id, { state: new Map([['n0000', null], ['n9999', bytes('')]]) }));
      }
      assert.deepEqual(seen.slice(0, 1000), many);
      assert.deepEqual([...store.stateReader('test').entries('zzz')], []);
    });
  });

  it('refuses work after it was closed, and closes twice', async () => {
    await store.close();
    await store.close();
    store = await place.open();
    await store.openTask('scrub', '/data');
  });

  it('behaves as maps and sets do, also when reopened', async () => {
    const no = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 490, max: 510 }), fc.integer({ min: 31_990, max: 32_010 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
    const stamp = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
    const key = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constantFrom('a', 'b', 'c'));
    const value = fc.option(fc.uint8Array({ maxLength: 5 }));
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ type: fc.constant('commit' as const), done: fc.array(fc.record({ no, stamp })), state: fc.array(fc.tuple(key, value)) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('reset' as const), nos: fc.array(no) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('finish' as const) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const own = makePlace();
        let subject = await own.open();
        try {
          let { id } = await subject.openTask('model', '/');
          const done = new Map<number, bigint>();
          const state = new Map<string, Uint8Array>();
          let cycle = 1;
          for (const item of steps) {
            if (item.type === 'commit') {
              await subject.commit(commitOf(id, { done: item.done, state: new Map(item.state) }));
              for (const file of item.done) done.set(file.no, file.stamp);
              for (const [name, content] of new Map(item.state)) {
                if (content === null) state.delete(name);
                else state.set(name, content);
              }
            } else if (item.type === 'reset') {
              await subject.resetDone(id, item.nos);
              for (const one of item.nos) done.delete(one);
            } else if (item.type === 'finish') {
              await subject.finishCycle(id);
              done.clear();
              cycle++;
            } else {
              await subject.close();
              subject = await own.open();
              id = (await subject.openTask('model', '/')).id;
            }
          }
          const set = await subject.loadDone(id);
          assert.equal(set.size, done.size);
          for (const [one, expected] of done) assert.equal(set.stamp(one), expected);
          assert.equal(subject.tasks()[0]?.cycle, cycle);
          const listed = [...subject.stateReader('test').entries('')].map(([name, content]) => [name, [...content]]);
          const expected = [...state].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([name, content]) => [name, [...content]]);
          assert.deepEqual(listed, expected);
        } finally {
          await subject.close();
          await own.remove();
        }
      }),
      { numRuns: 15 },
    );
  }).timeout(60_000);
}
