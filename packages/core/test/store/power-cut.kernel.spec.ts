import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.js';
import { needsRealKernel, withLoopFs } from '../kernel/loop-fs.js';
import { contentOf, differs } from './crash-content.js';
import { change, isDurable, operate } from './crash-script.js';
import type { CrashModel } from './crash-script.js';

const CUTS = 12;

/** The disk as a power failure at this moment would leave it, mounted: what was not synced is not on it. */
async function afterPowerCut<T>(image: string, fsType: string, look: (mountPoint: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'duet-power-cut-'));
  const [copy, mountPoint] = [join(folder, 'image'), join(folder, 'mnt')];
  mkdirSync(mountPoint);
  let mounted = false;
  try {
    execFileSync('cp', ['--sparse=always', image, copy]);
    execFileSync('mount', ['-o', fsType === 'xfs' ? 'loop,nouuid' : 'loop', copy, mountPoint]);
    mounted = true;
    return await look(mountPoint);
  } finally {
    if (mounted) execFileSync('umount', [mountPoint]);
    rmSync(folder, { recursive: true });
  }
}

describe('SqliteStore, power cut', function () {
  this.timeout(120_000);
  before(function () {
    needsRealKernel(this);
  });

  // Not btrfs: it knows a disk by its identity, and would take the copy for the original.
  for (const fsType of ['ext4', 'xfs'] as const) {
    it(`holds every reset that was acknowledged, and all changes up to some moment, on ${fsType}`, () =>
      withLoopFs(fsType, { sizeMiB: fsType === 'xfs' ? 300 : 128 }, async (mountPoint, { image }) => {
        const store = await openStore({ folder: join(mountPoint, 'state') });
        try {
          const { id } = await store.openTask('crash', '/');
          await store.resetDone(id, []);
          const model: CrashModel = { cycle: 1, done: new Map(), state: new Map() };
          /** Changes that a power cut may take. */
          const unsynced: number[] = [];
          let next = 0;
          for (let cut = 0; cut < CUTS; cut++) {
            // Now and then right after a reset, now and then some commits later.
            for (const end = next + 1 + (cut % 9); next < end; next++) {
              await operate(store, id, next);
              unsynced.push(next);
              if (isDurable(next)) for (const done of unsynced.splice(0)) change(model, done);
            }
            const found = await afterPowerCut(image, fsType, (copy) => contentOf(join(copy, 'state')));
            const possible = structuredClone(model);
            const differences = [differs(found, possible)];
            for (const done of unsynced) {
              if (differences.at(-1) === undefined) break;
              change(possible, done);
              differences.push(differs(found, possible));
            }
            assert.equal(differences.at(-1), undefined, `cut ${cut}, after ${next} changes, ${unsynced.length} not synced: ${differences.join('; ')}`);
            // What the disk happens to hold already, it goes on holding.
            for (const done of unsynced.splice(0, differences.length - 1)) change(model, done);
          }
        } finally {
          await store.close();
        }
      }));
  }
});
