import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Notices } from '../../src/kernel/notices.js';
import { close, NativeBuffer, openEventFd, raiseEventFd, read } from '../../src/kernel/syscalls/index.js';
import { needsRealKernel } from './loop-fs.js';

describe('Notices', () => {
  let fds: number[];
  let descriptors: readonly number[] | undefined;
  let notices: Notices;

  beforeEach(() => {
    fds = [openEventFd(), openEventFd()];
    descriptors = [fds[0]];
    notices = new Notices(() => descriptors);
  });
  afterEach(() => {
    notices.close();
    fds.forEach(close);
  });

  /** Takes what an event descriptor tells. */
  const take = (fd: number): void => {
    const memory = new NativeBuffer(8);
    assert.equal(read(fd, memory.address, 8), 8);
  };

  it('says at first that something may have changed, then only while it has', () => {
    assert.equal(notices.look(), true);
    assert.equal(notices.look(), false);
    raiseEventFd(fds[0]);
    assert.equal(notices.look(), true);
    assert.equal(notices.look(), true, 'nobody has taken it yet');
    take(fds[0]);
    assert.equal(notices.look(), false);
  });

  it('asks other descriptors once they are given', () => {
    notices.look();
    raiseEventFd(fds[1]);
    assert.equal(notices.look(), false);
    descriptors = [...fds];
    assert.equal(notices.look(), true);
    assert.equal(notices.look(), true);
    take(fds[1]);
    assert.equal(notices.look(), false);
  });

  it('cannot say where nothing tells of names, nor when it is closed', () => {
    descriptors = undefined;
    for (let i = 0; i < 3; i++) assert.equal(notices.look(), true);
    descriptors = [fds[0]];
    notices.look();
    notices.close();
    assert.equal(notices.look(), true);
  });

  it('says once that the mounts changed', function () {
    needsRealKernel(this);
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-notices-'));
    notices.look();
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'duet-notices', folder]);
      assert.equal(notices.look(), true);
      assert.equal(notices.look(), false);
      execFileSync('umount', [folder]);
      assert.equal(notices.look(), true);
    } finally {
      rmdirSync(folder);
    }
  });
});
