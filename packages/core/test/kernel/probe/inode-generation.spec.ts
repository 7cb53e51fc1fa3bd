import assert from 'node:assert/strict';
import { generationOfHandle, subvolumeOfHandle } from '../../../src/kernel/probe/index.js';
import { FileHandle } from '../../../src/kernel/syscalls/index.js';

function handle(type: number, words: readonly number[]): FileHandle {
  const made = new FileHandle();
  made.set(type, new Uint8Array(Uint32Array.from(words).buffer));
  return made;
}

describe('generationOfHandle', () => {
  it('reads the layouts of ext4, xfs and btrfs', () => {
    assert.equal(generationOfHandle(handle(1, [12, 0xdeadbeef])), 0xdeadbeef);
    assert.equal(generationOfHandle(handle(2, [12, 77, 2, 1])), 77);
    assert.equal(generationOfHandle(handle(0x81, [12, 0, 88])), 88);
    assert.equal(generationOfHandle(handle(0x4d, [12, 0, 256, 0, 99])), 99);
    assert.equal(subvolumeOfHandle(handle(0x4d, [12, 0, 256, 1, 99])), 256 + 2 ** 32);
    assert.equal(subvolumeOfHandle(handle(1, [12, 77])), 0);
  });

  it('tells handles of other kinds apart', () => {
    assert.notEqual(generationOfHandle(handle(1, [7, 12, 0])), generationOfHandle(handle(1, [8, 12, 0])));
    assert.notEqual(generationOfHandle(handle(0x71, [7, 12, 0])), generationOfHandle(handle(0x71, [8, 12, 0])));
  });
});
