import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mountedNow } from '../lab/leftovers.js';

/** What the kernel itself counts for a trace instance, all CPUs together. */
export interface KernelCounts {
  /** Events overwritten, dropped, or lost to an interrupt. */
  readonly lost: number;
  readonly read: number;
}

/** Counts of the trace instances of this process. */
export function kernelCounts(): KernelCounts {
  const tracefs = mountedNow().find((mount) => mount.fsType === 'tracefs')?.path ?? '';
  const own = readdirSync(join(tracefs, 'instances')).filter((name) => name.startsWith(`duet-${process.pid}-`));
  const counts = { lost: 0, read: 0 };
  for (const name of own) {
    const cpus = join(tracefs, 'instances', name, 'per_cpu');
    for (const cpu of readdirSync(cpus)) {
      const text = readFileSync(join(cpus, cpu, 'stats'), 'latin1');
      const count = (what: string): number => Number(new RegExp(`^${what}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
      counts.lost += count('overrun') + count('commit overrun') + count('dropped events');
      counts.read += count('read events');
    }
  }
  return counts;
}
