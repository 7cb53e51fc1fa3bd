import { joinPath } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { fieldOf } from '../kernel-files.js';
import type { KernelFiles, KernelText } from '../kernel-files.js';

/** Memory of a group or of the machine, in bytes. */
export interface MemoryState {
  /** What may be used; Infinity if nothing bounds it. */
  readonly limitBytes: number;
  /** What is used, page cache included. */
  readonly usedBytes: number;
  /** Of that, page cache of files that have a disk: what can be evicted. */
  readonly fileBytes: number;
  /** What the cache can take before anything is evicted. */
  readonly headroomBytes: number;
  /** What the cache can take if all that is in it goes. */
  readonly capacityBytes: number;
  /** Of that, what has to be written to a disk before it can go: that takes as long as the disk takes. */
  readonly unwrittenBytes: number;
}

/** Names of a group's files, and of fields of its memory.stat with the space behind them; both count the groups below it too. */
const NAMES = {
  1: { limits: ['memory.limit_in_bytes'], usage: 'memory.usage_in_bytes', cache: 'total_cache ', shmem: 'total_shmem ', unwritten: ['total_dirty ', 'total_writeback '] },
  2: { limits: ['memory.max', 'memory.high'], usage: 'memory.current', cache: 'file ', shmem: 'shmem ', unwritten: ['file_dirty ', 'file_writeback '] },
} as const;

type Fields = Pick<(typeof NAMES)[keyof typeof NAMES], 'cache' | 'shmem' | 'unwritten'>;

/** Version 1 writes a limit that is none as the highest multiple of the page. */
const NO_LIMIT = 2 ** 62;

/**
 * What one control group may use. What is not page cache counts as taken:
 * anonymous memory, tmpfs files, which need swap to go, and the kernel's.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */
export class GroupMemory {
  readonly #limits: readonly KernelText[];
  readonly #usage: KernelText;
  readonly #stat: KernelText;
  readonly #fields: Fields;

  private constructor(limits: readonly KernelText[], usage: KernelText, stat: KernelText, fields: Fields) {
    this.#limits = limits;
    this.#usage = usage;
    this.#stat = stat;
    this.#fields = fields;
  }

  /** Undefined for a group without limits of its own, as the root of version 2 is. */
  static open(version: 1 | 2, folder: BytePath, files: KernelFiles): GroupMemory | undefined {
    const names = NAMES[version];
    const texts = [...names.limits, names.usage, 'memory.stat'].map((name) => files.open(joinPath(folder, name as BytePath)));
    const [stat, usage] = [texts.pop(), texts.pop()];
    const limits = texts.filter((text) => text !== undefined);
    if (stat !== undefined && usage !== undefined && limits.length > 0) return new GroupMemory(limits, usage, stat, names);
    for (const text of [stat, usage, ...limits]) text?.close();
    return undefined;
  }

  /** Undefined while nothing bounds it: that costs one read a limit. */
  read(): MemoryState | undefined {
    const limitBytes = Math.min(...this.#limits.map((limit) => parseLimit(limit.read())));
    if (limitBytes === Infinity) return undefined;
    const usedBytes = Number(this.#usage.read() ?? 0);
    const stat = this.#stat.read() ?? '';
    const fileBytes = Math.min(usedBytes, Math.max(0, fieldOf(stat, this.#fields.cache) - fieldOf(stat, this.#fields.shmem)));
    return {
      limitBytes,
      usedBytes,
      fileBytes,
      headroomBytes: Math.max(0, limitBytes - usedBytes),
      capacityBytes: Math.max(0, limitBytes - (usedBytes - fileBytes)),
      unwrittenBytes: this.#fields.unwritten.reduce((sum, field) => sum + fieldOf(stat, field), 0),
    };
  }

  close(): void {
    for (const text of [...this.#limits, this.#usage, this.#stat]) text.close();
  }
}

/** A removed group bounds nothing any more. */
function parseLimit(text: string | undefined): number {
  const bytes = Number.parseInt(text ?? 'max', 10);
  return Number.isNaN(bytes) || bytes >= NO_LIMIT ? Infinity : bytes;
}
