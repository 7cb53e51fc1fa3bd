import assert from 'node:assert/strict';
import { ALL_GROUPS } from '../../src/fidelity/groups.js';
import type { Group } from '../../src/fidelity/groups.js';
import { FidelityRun, holds } from '../../src/fidelity/fidelity-run.js';
import type { FidelityResult } from '../../src/fidelity/fidelity-run.js';
import type { FsType } from '../../src/lab/lab.js';

/** Not in a test: all programs of the machine would lose their cache. */
const GROUPS: readonly Group[] = ALL_GROUPS.filter((group) => group !== 'caches' && group !== 'mounts');

/** A short run; what it prints is shown if it finds something. */
async function run(fs: FsType, options: { readonly bufferKbPerCpu?: number } = {}): Promise<FidelityResult> {
  const seed = 1 + Math.floor(Math.random() * 1e6);
  const lines: string[] = [];
  const result = await new FidelityRun({ fs, seed, events: 150_000, groups: GROUPS, burst: 100, ...options }, (line) => lines.push(line)).run();
  assert.ok(holds(result), `seed ${seed}\n${JSON.stringify(result)}\n${lines.join('\n')}`);
  assert.ok(result.comparedPages > 10_000);
  return result;
}

describe('What sessions are told, held against the kernel', function () {
  this.timeout(120_000);

  before(function () {
    if (process.getuid?.() !== 0 && process.env['DUET_REQUIRE_KERNEL'] !== '1') this.skip();
  });

  for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
    it(`agrees with mincore and cachestat on ${fs}`, async () => {
      await run(fs);
    });
  }

  it('agrees after losses, and every loss is noticed', async () => {
    const { lost, losses } = await run('ext4', { bufferKbPerCpu: 32 });
    assert.ok(lost > 0 && losses > 0);
  });
});
