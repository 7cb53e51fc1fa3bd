import { joinPath } from '../../model/index.js';
import type { BytePath } from '../../model/index.js';
import { unifiedGroups } from '../control-groups.js';
import { kernelFiles } from '../kernel-files.js';
import type { KernelFiles, KernelText } from '../kernel-files.js';

const US_PER_MS = 1000;

/**
 * How much others wait for I/O, heard while this process waits for none.
 *
 * What the kernel counts as stalled has no owner: it is others' only if nothing
 * of ours was in flight between `start` and `stop`. Counts the whole machine
 * and the process's own control group (version 2), and goes by the one that
 * stalls more: in a container the neighbours are in that group, elsewhere they
 * are outside of it.
 *
 * Listen for 20 ms at least. The kernel weighs the CPUs by how long each was
 * not idle, in whole ticks (4 ms at 250 Hz): of less than a tick nothing is
 * heard, and each reading, by anybody, begins anew. For the same reason, others
 * who stall on a CPU that is idle in between are heard less while another CPU
 * is busy: a machine with all its CPUs busy sounds calmer than it is.
 *
 * @see https://docs.kernel.org/accounting/psi.html
 */
export class IoPressure {
  readonly #texts: readonly KernelText[];
  readonly #nowMs: () => number;
  #startMs = 0;
  #startUs: readonly number[] = [];

  private constructor(texts: readonly KernelText[], nowMs: () => number) {
    this.#texts = texts;
    this.#nowMs = nowMs;
  }

  /** Undefined where the kernel does not count it (before Linux 4.20, or without `psi=1`). */
  static open(files: KernelFiles = kernelFiles, nowMs: () => number = () => performance.now()): IoPressure | undefined {
    const read = (path: string): string => files.read(path as BytePath) ?? '';
    const group = unifiedGroups(read('/proc/self/cgroup'), Buffer.from(read('/proc/self/mountinfo'), 'latin1'))?.[0];
    const paths = ['/proc/pressure/io' as BytePath, ...(group === undefined ? [] : [joinPath(group, 'io.pressure' as BytePath)])];
    const texts = paths.map((path) => files.open(path)).filter((text) => text !== undefined);
    // Where it is switched off the files may be there, and cannot be read.
    const told = texts.filter((text) => text.read() !== undefined || (text.close(), false));
    return told.length === 0 ? undefined : new IoPressure(told, nowMs);
  }

  /** Begins to listen. */
  start(): void {
    this.#startUs = this.#stalledUs();
    this.#startMs = this.#nowMs();
  }

  /** The share of the time since `start` in which somebody waited for I/O, 0 to 1. */
  stop(): number {
    const elapsedUs = (this.#nowMs() - this.#startMs) * US_PER_MS;
    const most = Math.max(...this.#stalledUs().map((us, i) => us - this.#startUs[i]));
    return elapsedUs <= 0 ? 0 : Math.min(1, Math.max(0, most / elapsedUs));
  }

  close(): void {
    for (const text of this.#texts) text.close();
  }

  /** Since the start of the machine, or of the group, in microseconds. */
  #stalledUs(): number[] {
    return this.#texts.map((text) => Number(/^some .*total=(\d+)/m.exec(text.read() ?? '')?.[1] ?? 0));
  }
}
