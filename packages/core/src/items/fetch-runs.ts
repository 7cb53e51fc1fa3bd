import { PageEvent } from '../model/index.js';
import { CHUNK_PAGES, EXISTS, MODIFIED, WORDS_PER_CHUNK } from './chunk-table.js';
import type { ChunkTable } from './chunk-table.js';
import type { FileSlots } from './file-slots.js';
import { PENDING } from './pending.js';
import type { Pending } from './pending.js';

/** Takes a run of neighbouring pages of one file: event bits, and state bits that changed (see `Item`). */
export type RunVisitor = (slot: number, index: number, pages: number, events: number, changed: number) => void;

interface Fetcher {
  readonly bit: number;
  readonly stateExists: boolean;
  readonly stateModified: boolean;
  readonly pending: Pending;
  /** See `meanings`. */
  readonly meaning: Uint8Array;
}

/** Meaning of the four bits of a page, as `PENDING`'s planes are resolved: [events, changed] for each of 16 values. */
export function meanings(task: Pick<Fetcher, 'stateExists' | 'stateModified'>): Uint8Array {
  const table = new Uint8Array(32);
  for (let bits = 0; bits < 16; bits++) {
    if (bits & 1) table[bits * 2] |= task.stateExists ? PageEvent.EXISTS : PageEvent.ADDED;
    if (bits & 2 && !task.stateExists) table[bits * 2] |= PageEvent.REMOVED;
    if (bits & 4) table[bits * 2] |= task.stateModified ? PageEvent.MODIFIED : PageEvent.DIRTY;
    if (bits & 8 && !task.stateModified) table[bits * 2] |= PageEvent.FLUSHED;
    if (bits & 3 && task.stateExists) table[bits * 2 + 1] |= PageEvent.EXISTS;
    if (bits & 12 && task.stateModified) table[bits * 2 + 1] |= PageEvent.MODIFIED;
  }
  return table;
}

/** Takes what the task has not fetched yet, of files that are not `held` back, oldest chunk first, as runs of pages with equal bits, at most `max`; gives their number. */
export function fetchRuns(chunks: ChunkTable, files: Pick<FileSlots, 'held' | 'relevant'>, task: Fetcher, max: number, visit: RunVisitor): number {
  if (!(max >= 1)) return 0;
  const { pending, meaning } = task;
  let count = 0;
  // The run that is being put together: it may go on in the next chunk.
  let runSlot = -1;
  let runIndex = 0;
  let runPages = 0;
  let runBits = 0;

  // Chunks that are held back go to the end of the queue, each once.
  for (let kept = 0; pending.length > kept; ) {
    const chunk = pending.first();
    const block = pending.find(chunk);
    const slot = chunks.slot[chunk];
    if (files.held[slot] === 1) {
      pending.rotate();
      kept++;
      continue;
    }
    // Of a file that is not the task's any more, nothing exists for it.
    const visible = (files.relevant[slot] & task.bit) === 0 ? 0 : ~0;
    const base = chunks.number(chunk) * CHUNK_PAGES;
    for (let half = 0; half < 2; half++) {
      const words = pending.words;
      const at = chunk * WORDS_PER_CHUNK + half;
      let enter = words[block + PENDING.ENTER + half];
      let leave = words[block + PENDING.LEAVE + half];
      let dirty = words[block + PENDING.DIRTY + half];
      let clean = words[block + PENDING.CLEAN + half];
      if (task.stateExists) {
        const exists = chunks.words[at + EXISTS] & visible;
        leave = enter & ~exists;
        enter &= exists;
      }
      if (task.stateModified) {
        const modified = chunks.words[at + MODIFIED] & visible;
        clean = dirty & ~modified;
        dirty &= modified;
      }
      let left = enter | leave | dirty | clean;
      while (left !== 0) {
        const from = lowestBit(left);
        const bits = ((enter >>> from) & 1) | (((leave >>> from) & 1) << 1) | (((dirty >>> from) & 1) << 2) | (((clean >>> from) & 1) << 3);
        const same = where(enter, bits & 1) & where(leave, bits & 2) & where(dirty, bits & 4) & where(clean, bits & 8);
        const length = runLength(same, from);
        const index = base + half * 32 + from;
        if (slot === runSlot && index === runIndex + runPages && bits === runBits) {
          runPages += length;
        } else {
          if (runSlot !== -1) {
            visit(runSlot, runIndex, runPages, meaning[runBits * 2], meaning[runBits * 2 + 1]);
            runSlot = -1;
            if (++count >= max) return count;
          }
          runSlot = slot;
          runIndex = index;
          runPages = length;
          runBits = bits;
        }
        const taken = length === 32 ? 0 : ~(((1 << length) - 1) << from);
        enter &= taken;
        leave &= taken;
        dirty &= taken;
        clean &= taken;
        left &= taken;
        words[block + PENDING.ENTER + half] &= taken;
        words[block + PENDING.LEAVE + half] &= taken;
        words[block + PENDING.DIRTY + half] &= taken;
        words[block + PENDING.CLEAN + half] &= taken;
      }
    }
    pending.shift();
  }
  if (runSlot !== -1) {
    visit(runSlot, runIndex, runPages, meaning[runBits * 2], meaning[runBits * 2 + 1]);
    count++;
  }
  return count;
}

/** Ones where `plane` has the wanted value. */
function where(plane: number, wanted: number): number {
  return wanted === 0 ? ~plane : plane;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** How many ones stand in `word` from bit `from` upwards without a gap. */
function runLength(word: number, from: number): number {
  const rest = ~(word >>> from);
  const zeros = rest === 0 ? 32 : lowestBit(rest);
  return Math.min(zeros, 32 - from);
}
