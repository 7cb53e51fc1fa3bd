import type { Store } from '../../src/model/index.js';
import { commitOf } from './store-suite.js';

/** What the database of the crash test holds. */
export interface CrashModel {
  cycle: number;
  readonly done: Map<number, bigint>;
  /** Key to the number that its value repeats, and the value's length. */
  readonly state: Map<string, readonly [number, number]>;
}

/** Does operation `n` of the crash test on the store; the same each time it is called. */
export async function operate(store: Pick<Store, 'commit' | 'resetDone' | 'finishCycle'>, task: number, n: number): Promise<void> {
  const model: CrashModel = { cycle: 0, done: new Map(), state: new Map() };
  const gone = change(model, n);
  if (kindOf(n) === 'finish') return store.finishCycle(task);
  if (kindOf(n) === 'reset') return store.resetDone(task, filesOf(n - 1).slice(0, 2));
  const state = new Map<string, Uint8Array | null>(gone.map((key) => [key, null]));
  for (const [key, [byte, length]] of model.state) state.set(key, new Uint8Array(length).fill(byte));
  return store.commit(commitOf(task, { done: [...model.done].map(([no, stamp]) => ({ no, stamp })), state }));
}

/** Does operation `n` on the model; returns keys that it deleted. */
export function change(model: CrashModel, n: number): string[] {
  if (kindOf(n) === 'finish') {
    model.done.clear();
    model.cycle++;
    return [];
  }
  if (kindOf(n) === 'reset') {
    for (const no of filesOf(n - 1).slice(0, 2)) model.done.delete(no);
    return [];
  }
  // Far apart, so that the files of one commit lie in several chunks.
  for (const no of filesOf(n)) model.done.set(no, BigInt(n) * 1_000_003n + BigInt(no));
  model.state.set(`k${n}`, [n % 251, 20]);
  // Large, so that the log is copied into the database every so often.
  if (n % 3 === 0) model.state.set('large', [n % 251, 200_000]);
  model.state.delete(`k${n - 2}`);
  return [`k${n - 2}`];
}

/** Whether operation `n` is on the disk, with all before, as soon as it is acknowledged. */
export function isDurable(n: number): boolean {
  return kindOf(n) !== 'commit';
}

function kindOf(n: number): 'commit' | 'reset' | 'finish' {
  if (n % 41 === 40) return 'finish';
  return n % 7 === 6 ? 'reset' : 'commit';
}

function filesOf(n: number): number[] {
  return [1, 2, 3].map((i) => i * 31_000 + n);
}
