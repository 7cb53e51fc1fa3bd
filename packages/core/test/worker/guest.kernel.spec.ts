import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { definePlugin, fromText, openDuet } from '../../src/index.js';
import type { RunOptions, RunSummary } from '../../src/index.js';
import { needsRealKernel, withLoopFs } from '../kernel/loop-fs.js';
import { residentPages } from '../kernel/page-cache-calls.js';

const MIB = 2 ** 20;

/** Two tasks that read everything, one of them slowly. */
const plugins = ['fast', 'slow'].map((name) =>
  definePlugin({
    name,
    summary: 'read',
    core: '^0.1.0',
    config: z.strictObject({}),
    create: (ctx) => ({
      async process(unit) {
        for await (const piece of ctx.read(unit)) if (name === 'slow') for (let i = 0; i < piece.length; i += 64) piece[i]++;
      },
    }),
  }),
);

describe('a run as a guest in the page cache', function () {
  before(function () {
    needsRealKernel(this);
  });

  const run = async (path: string, options: Partial<RunOptions> = {}): Promise<RunSummary> => {
    const duet = await openDuet({ stateDir: null, source: 'tracefs', plugins });
    try {
      return await duet.run({ tasks: [{ plugin: 'fast' }, { plugin: 'slow' }], path: fromText(path), ...options }).done;
    } finally {
      await duet.close();
    }
  };

  for (const fsType of ['ext4', 'xfs', 'btrfs'] as const) {
    it(`takes along what it brought in, and leaves what was there, on ${fsType}`, async () => {
      await withLoopFs(fsType, { sizeMiB: 512 }, async (top, fs) => {
        const root = join(top, 'tree');
        mkdirSync(root);
        const files = Array.from({ length: 12 }, (_, i) => join(root, `file-${i}`));
        for (const [i, file] of files.entries()) writeFileSync(file, Buffer.alloc((i % 4) * MIB + 70_000, i + 1));
        await fs.remount();
        const [hot, ...others] = files;
        readFileSync(hot);
        const before = residentPages(hot).length;
        assert.ok(before > 0);

        const summary = await run(root);
        assert.equal(summary.exitCode, 0);
        // Something else on the machine may take pages out, but nobody brings any in.
        assert.ok(residentPages(hot).length <= before);
        for (const file of others) assert.ok(residentPages(file).length <= 16, `${file}: ${residentPages(file).length} pages are left`);
        const [fast, slow] = summary.tasks;
        const bytes = fast.bytesFromDisk + slow.bytesFromDisk;
        assert.ok(summary.deviceBytesRead !== null && bytes <= summary.deviceBytesRead * 1.01 + MIB, `${bytes} of ${summary.deviceBytesRead}`);
        assert.ok(bytes >= fast.bytes * 0.8 && bytes <= fast.bytes, 'each byte once, for both');
      });
    });
  }

  it('leaves all there if it is told to', async () => {
    await withLoopFs('ext4', { sizeMiB: 256 }, async (top, fs) => {
      writeFileSync(join(top, 'file'), Buffer.alloc(4 * MIB, 1));
      await fs.remount();
      await run(top, { keepCache: true });
      assert.ok(residentPages(join(top, 'file')).length > 0);
    });
  });
});
