import type { BytePath } from '../../model/index.js';
import { memoryGroups } from '../control-groups.js';
import { GroupMemory } from './group-memory.js';
import type { MemoryState } from './group-memory.js';
import { kernelFiles } from '../kernel-files.js';
import type { KernelFiles } from '../kernel-files.js';
import { MachineMemory } from './machine-memory.js';

/** Of what the cache can take now, the part that a run may fill with what is not consumed yet. */
const BUDGET_PART = 4;

/** How much page cache this process may use, in bytes; Infinity throughout where the kernel does not tell. */
export interface CacheMemoryState extends MemoryState {
  /** Default for what is read and not yet consumed by all: a quarter of the capacity, but for what is unwritten. */
  readonly budgetBytes: number;
}

/**
 * How much page cache this process may use: the tightest of its control group,
 * those above it (version 1 and 2) and the machine.
 *
 * `limitBytes`, `usedBytes`, `fileBytes` and `unwrittenBytes` are those of
 * whichever has the least capacity, `headroomBytes` and `budgetBytes` are the
 * least of all. The groups are those that the process was in when this was made.
 * Its files stay open; a reading takes some 50 µs, so that several a second cost
 * nothing.
 */
export class CacheMemory {
  readonly #groups: readonly GroupMemory[];
  readonly #machine: MachineMemory;

  constructor(files: KernelFiles = kernelFiles) {
    const read = (path: string): string => files.read(path as BytePath) ?? '';
    const found = memoryGroups(read('/proc/self/cgroup'), Buffer.from(read('/proc/self/mountinfo'), 'latin1'));
    this.#groups = (found?.folders ?? []).map((folder) => GroupMemory.open(found!.version, folder, files)).filter((group) => group !== undefined);
    this.#machine = new MachineMemory(files);
  }

  read(): CacheMemoryState {
    const states = [...this.#groups, this.#machine].map((one) => one.read()).filter((state) => state !== undefined);
    const tightest = states.reduce((least, state) => (state.capacityBytes < least.capacityBytes ? state : least), UNBOUNDED);
    const headroomBytes = Math.min(...states.map((state) => state.headroomBytes), Infinity);
    const roomBytes = Math.min(...states.map((state) => Math.max(0, state.capacityBytes - state.unwrittenBytes)), Infinity);
    return { ...tightest, headroomBytes, budgetBytes: Math.floor(roomBytes / BUDGET_PART) };
  }

  /** Safe to call once; no more readings afterwards. */
  close(): void {
    for (const group of this.#groups) group.close();
    this.#machine.close();
  }
}

const UNBOUNDED: MemoryState = { limitBytes: Infinity, usedBytes: 0, fileBytes: 0, headroomBytes: Infinity, capacityBytes: Infinity, unwrittenBytes: 0 };
