import assert from 'node:assert/strict';
// Loose about prototypes: a value may come back as a Buffer.
import { deepEqual } from 'node:assert';
import fc from 'fast-check';
import { MemoryStore, PluginStateOverlay } from '../../src/store/index.js';
import { compareUtf8 } from '../../src/store/utf8-order.js';
import { commitOf } from './store-suite.js';

const value = (byte: number) => Uint8Array.of(byte);

describe('PluginStateOverlay', () => {
  let store: MemoryStore;
  let state: PluginStateOverlay;
  beforeEach(() => {
    store = new MemoryStore();
    state = new PluginStateOverlay(store.stateReader('test'));
  });
  const commit = async () => {
    await store.commit(commitOf(0, { state: state.take() }));
    state.committed();
  };

  it('shows changes at once, and hands them over once', async () => {
    state.set('a', value(1));
    state.set('b', value(2));
    state.delete('b');
    deepEqual(state.get('a'), value(1));
    assert.equal(state.get('b'), undefined);
    assert.equal(state.pending, 2);
    await commit();
    assert.equal(state.pending, 0);
    deepEqual(state.get('a'), value(1));
    assert.equal(state.take().size, 0);
  });

  it('keeps what was taken readable, and takes it back if the commit failed', () => {
    state.set('a', value(1));
    state.set('b', value(1));
    const taken = state.take();
    state.set('b', value(2));
    deepEqual(state.get('a'), value(1));
    deepEqual(state.get('b'), value(2));
    deepEqual(taken.get('b'), value(1));
    state.failed();
    deepEqual([...state.take()], [['a', value(1)], ['b', value(2)]]);
    assert.throws(() => state.take(), { code: 'DUET_ERR_INTERNAL' });
  });

  it('keeps a copy of what is set', () => {
    const buffer = value(1);
    state.set('a', buffer);
    buffer[0] = 2;
    deepEqual(state.get('a'), value(1));
  });

  it('refuses keys that have no UTF-8 form', () => {
    assert.throws(() => state.set('\ud800', value(1)), { code: 'DUET_ERR_USAGE' });
    state.set('\u{1f600}', value(1));
  });

  it('behaves as a map does, with commits that succeed and fail', async () => {
    const key = fc.constantFrom('', 'a', 'a\u{1f600}', 'a\uffff', 'ab', 'b', 'aa');
    const step = fc.oneof(
      fc.record({ type: fc.constant('set' as const), key, byte: fc.nat(255) }),
      fc.record({ type: fc.constant('delete' as const), key }),
      fc.record({ type: fc.constantFrom('take' as const, 'commit' as const, 'fail' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        store = new MemoryStore();
        state = new PluginStateOverlay(store.stateReader('test'));
        const model = new Map<string, Uint8Array>();
        let taken: ReadonlyMap<string, Uint8Array | null> | undefined;
        for (const item of steps) {
          if (item.type === 'set') {
            state.set(item.key, value(item.byte));
            model.set(item.key, value(item.byte));
          } else if (item.type === 'delete') {
            state.delete(item.key);
            model.delete(item.key);
          } else if (item.type === 'take') {
            taken ??= state.take();
          } else if (taken !== undefined) {
            if (item.type === 'commit') await store.commit(commitOf(0, { state: taken }));
            if (item.type === 'commit') state.committed();
            else state.failed();
            taken = undefined;
          }
          for (const prefix of ['', 'a']) {
            const expected = [...model].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => compareUtf8(a, b));
            deepEqual([...state.entries(prefix)], expected);
          }
          for (const name of ['', 'a', 'b', 'aa']) deepEqual(state.get(name), model.get(name));
        }
      }),
    );
  });
});

describe('compareUtf8', () => {
  it('orders as the bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
