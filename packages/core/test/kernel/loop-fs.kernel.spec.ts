import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOP_FS_TYPES, needsRealKernel, withLoopFs } from './loop-fs.js';

describe('withLoopFs', function () {
  this.timeout(30_000);
  before(function () {
    needsRealKernel(this);
  });
  for (const fsType of LOOP_FS_TYPES) {
    it(`makes, remounts and removes ${fsType}`, async () => {
      const mountPoint = await withLoopFs(fsType, { sizeMiB: 320 }, async (mnt, fs) => {
        writeFileSync(join(mnt, 'file'), 'content');
        await fs.remount();
        assert.equal(readFileSync(join(mnt, 'file'), 'utf8'), 'content');
        assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(` ${mnt} .* ${fsType} ${fs.device} `));
        assert.equal(readFileSync(fs.statFile, 'utf8').trim().split(/\s+/).length >= 11, true);
        return mnt;
      });
      assert.equal(existsSync(mountPoint), false);
      assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(mountPoint));
    });
  }
  it('removes it when the body fails', async () => {
    let mountPoint = '';
    await assert.rejects(
      withLoopFs('ext4', { sizeMiB: 64 }, (mnt) => {
        mountPoint = mnt;
        throw new Error('as meant');
      }),
      /as meant/,
    );
    assert.equal(existsSync(mountPoint), false);
  });
});
