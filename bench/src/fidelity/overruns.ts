import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mountedNow } from '../lab/leftovers.js';

/** Records that the kernel overwrote or dropped in the trace instance of this process, by its own count. */
export function kernelOverruns(): number {
  const tracing = mountedNow().find((mount) => mount.fsType === 'tracefs');
  if (tracing === undefined) return 0;
  const instances = join(tracing.path, 'instances');
  let total = 0;
  for (const name of readdirSync(instances)) {
    if (!name.startsWith(`duet-${process.pid}-`)) continue;
    for (const cpu of readdirSync(join(instances, name, 'per_cpu'))) {
      const stats = readFileSync(join(instances, name, 'per_cpu', cpu, 'stats'), 'latin1');
      for (const [, count] of stats.matchAll(/^(?:overrun|commit overrun|dropped events): (\d+)$/gm)) total += Number(count);
    }
  }
  return total;
}
