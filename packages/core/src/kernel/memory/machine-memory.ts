import type { BytePath } from '../../model/index.js';
import type { MemoryState } from './group-memory.js';
import { fieldOf } from '../kernel-files.js';
import type { KernelFiles, KernelText } from '../kernel-files.js';

const KIB = 1024;
/** Parts of memory that vm.watermark_scale_factor counts in. */
const SCALE = 10_000;
const SCALE_DEFAULT = 10;

/**
 * What the whole machine may use, by /proc/meminfo.
 *
 * Below the high watermark the kernel evicts in the background: so much is left
 * out of the headroom.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_meminfo.5.html
 * @see https://docs.kernel.org/admin-guide/sysctl/vm.html#watermark-scale-factor
 */
export class MachineMemory {
  readonly #meminfo: KernelText | undefined;
  /** In bytes, with watermark_scale_factor as it was at the start. */
  readonly #minFreeBytes: number;
  readonly #scale: number;

  constructor(files: KernelFiles) {
    this.#meminfo = files.open('/proc/meminfo' as BytePath);
    this.#minFreeBytes = KIB * (readNumber(files, '/proc/sys/vm/min_free_kbytes') ?? 0);
    this.#scale = readNumber(files, '/proc/sys/vm/watermark_scale_factor') ?? SCALE_DEFAULT;
  }

  /** Undefined without /proc. */
  read(): MemoryState | undefined {
    const text = this.#meminfo?.read();
    if (text === undefined) return undefined;
    const bytes = (name: string): number => KIB * fieldOf(text, `${name}:`);
    const limitBytes = bytes('MemTotal');
    const freeBytes = bytes('MemFree');
    const reserveBytes = this.#minFreeBytes + 2 * Math.max(this.#minFreeBytes / 4, (limitBytes * this.#scale) / SCALE);
    return {
      limitBytes,
      usedBytes: limitBytes - freeBytes,
      fileBytes: Math.max(0, bytes('Buffers') + bytes('Cached') - bytes('Shmem')),
      headroomBytes: Math.max(0, Math.floor(freeBytes - reserveBytes)),
      capacityBytes: bytes('MemAvailable'),
      unwrittenBytes: bytes('Dirty') + bytes('Writeback'),
    };
  }

  close(): void {
    this.#meminfo?.close();
  }
}

function readNumber(files: KernelFiles, path: string): number | undefined {
  const number = Number.parseInt(files.read(path as BytePath) ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
}
