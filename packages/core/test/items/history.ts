import fc from 'fast-check';
import type { EventName } from '../../src/model/index.js';

/** Files that have a slot from the beginning, and the most there can be. */
export const FIRST_FILES = 3;
export const MOST_FILES = 6;
/** Tasks at a time. */
export const TASKS = 8;

/** All masks that make sense together, and each name alone. */
export const MASKS: readonly (readonly EventName[])[] = [
  ['exists'],
  ['modified'],
  ['exists', 'modified'],
  ['exists', 'dirty'],
  ['exists', 'dirty', 'flushed'],
  ['modified', 'added', 'removed'],
  ['added', 'removed', 'dirty', 'flushed'],
  ['added'],
  ['removed'],
  ['dirty'],
  ['flushed'],
];

/**
 * One step of a history. `file` counts the files that have a slot, `inode` the
 * inodes that events come from, `task` the places for tasks; a step on what is
 * not there does nothing, so that a history stays one whatever is left out of it.
 */
export type Step =
  | { readonly do: 'register'; readonly mask: readonly EventName[]; readonly wants: readonly boolean[] }
  | { readonly do: 'unregister'; readonly task: number }
  | { readonly do: 'appear'; readonly inode: number; readonly wants: readonly boolean[] }
  | { readonly do: 'share'; readonly inode: number }
  | { readonly do: 'reuse'; readonly file: number; readonly wants: readonly boolean[] }
  | { readonly do: 'relevant'; readonly task: number; readonly file: number; readonly relevant: boolean }
  | { readonly do: 'done' | 'reset' | 'forgetSeen'; readonly task: number; readonly file: number }
  | { readonly do: 'added' | 'removed'; readonly inode: number; readonly index: number; readonly order: number }
  | { readonly do: 'readd'; readonly inode: number; readonly index: number; readonly order: number; readonly times: number }
  | { readonly do: 'dirtied'; readonly inode: number; readonly index: number }
  | { readonly do: 'flushed'; readonly inode: number; readonly index: number; readonly pages: number }
  | { readonly do: 'invalidated'; readonly inode: number; readonly index: number; readonly pages: number }
  | { readonly do: 'unsure'; readonly inode: number }
  | { readonly do: 'truncate'; readonly file: number; readonly index: number }
  | { readonly do: 'lost'; readonly events: number; readonly ageNs: number }
  | { readonly do: 'snapshot'; readonly file: number; readonly runs: readonly number[]; readonly ageNs: number; readonly fromDisk: boolean; readonly changed: boolean }
  | { readonly do: 'fetch'; readonly task: number; readonly max: number };

/** Inodes that events come from: those of the first files, and strangers that may appear. */
export const INODES: readonly { readonly dev: number; readonly ino: number }[] = [
  ...Array.from({ length: FIRST_FILES }, (_, i) => ({ dev: 0x700000, ino: 100 + i })),
  { dev: 0x700001, ino: 100 },
  { dev: 0x700000, ino: 2 ** 40 + 100 },
  { dev: 0x700001, ino: 2 ** 40 + 100 },
];

const file = fc.nat({ max: MOST_FILES - 1 });
const inode = fc.nat({ max: INODES.length - 1 });
/** Mostly the first ones, which are nearly always there. */
const task = fc.oneof({ weight: 2, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: TASKS - 1 }) });
/** Near the edges of words and chunks, and far off now and then. */
const page = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 200 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 31, 32, 63, 64, 127, 128, 1023, 1024) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 20, 2 ** 32 + 7, 2 ** 40) },
);
const order = fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const folio = fc.record({ inode, index: page, order }).map((f) => ({ ...f, index: f.index - (f.index % 2 ** f.order) }));
const flushedPages = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 64, 1025, 5000, Infinity));
const wantedFiles = fc.array(fc.boolean(), { minLength: MOST_FILES, maxLength: MOST_FILES });
const wantingTasks = fc.array(fc.boolean(), { minLength: TASKS, maxLength: TASKS });
const runs = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 80 }), fc.boolean()), { maxLength: 5 }).map((gaps) => {
  const flat: number[] = [];
  let at = 0;
  for (const [gap, pages, dirty] of gaps) {
    flat.push(at + gap, pages, dirty ? 1 : 0);
    at += gap + pages;
  }
  return flat;
});

const is = <Name extends Step['do']>(name: Name): fc.Arbitrary<Name> => fc.constant(name);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: is('register'), mask: fc.constantFrom(...MASKS), wants: wantedFiles }) },
  { weight: 1, arbitrary: fc.record({ do: is('unregister'), task }) },
  { weight: 1, arbitrary: fc.record({ do: is('appear'), inode, wants: wantingTasks }) },
  { weight: 1, arbitrary: fc.record({ do: is('share'), inode }) },
  { weight: 1, arbitrary: fc.record({ do: is('reuse'), file, wants: wantingTasks }) },
  { weight: 3, arbitrary: fc.record({ do: is('relevant'), task, file, relevant: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'reset' as const), task, file }) },
  { weight: 1, arbitrary: fc.record({ do: is('forgetSeen'), task, file }) },
  { weight: 12, arbitrary: folio.map((f) => ({ do: 'added' as const, ...f })) },
  { weight: 8, arbitrary: folio.map((f) => ({ do: 'removed' as const, ...f })) },
  { weight: 2, arbitrary: fc.tuple(folio, fc.integer({ min: 1, max: 3 })).map(([f, times]) => ({ do: 'readd' as const, ...f, times })) },
  { weight: 8, arbitrary: folio.map(({ inode: of, index }) => ({ do: 'dirtied' as const, inode: of, index })) },
  { weight: 2, arbitrary: fc.record({ do: is('dirtied'), inode, index: page }) },
  { weight: 5, arbitrary: fc.record({ do: is('flushed'), inode, index: page, pages: flushedPages }) },
  { weight: 1, arbitrary: fc.record({ do: is('invalidated'), inode, index: page, pages: fc.constantFrom(0, 1, 2, 64) }) },
  { weight: 1, arbitrary: fc.record({ do: is('unsure'), inode }) },
  { weight: 2, arbitrary: fc.record({ do: is('truncate'), file, index: page }) },
  { weight: 1, arbitrary: fc.record({ do: is('lost'), events: fc.integer({ min: 1, max: 1000 }), ageNs: fc.constantFrom(0, 2) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: is('snapshot'), file, runs, ageNs: fc.constantFrom(0, 0, 0, 1.5, 3, 10, -4.5), fromDisk: fc.boolean(), changed: fc.boolean() }),
  },
  { weight: 8, arbitrary: fc.record({ do: is('fetch'), task, max: fc.constantFrom(0, 1, 2, 5, 100, Infinity) }) },
);

/** Random histories; fast-check makes one that fails as short as it can, and prints it with its seed. */
export const history: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 120, size: 'max' });
