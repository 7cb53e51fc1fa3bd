import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IoPressure } from '../../../src/kernel/pressure/index.js';
import { makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

/** Reads a file past the cache, over and over, from another process. */
const READER = `
  const { openSync, readSync, constants } = require('node:fs');
  const fd = openSync(process.argv[1], constants.O_RDONLY | constants.O_DIRECT);
  const raw = Buffer.alloc(2 ** 20 + 4096);
  console.log('reads');
  // A buffer for O_DIRECT has to start at a multiple of the block: find which part of it does.
  let skip = 0;
  for (;;) {
    try { for (let i = 0; i < 32; i++) readSync(fd, raw, skip, 2 ** 20, i * 2 ** 20); }
    catch (error) { if (error.code !== 'EINVAL' || (skip += 16) > 4096) throw error; }
  }`;

describe('IoPressure on this machine', function () {
  this.timeout(60_000);
  this.retries(2);
  let fs: LoopFs;

  before(function () {
    needsRealKernel(this);
    if (IoPressure.open() === undefined) this.skip();
    fs = makeLoopFs('ext4');
    const fd = openSync(join(fs.mountPoint, 'file'), 'w');
    for (let i = 0; i < 32; i++) writeSync(fd, Buffer.alloc(2 ** 20, i));
    fsyncSync(fd);
    closeSync(fd);
  });
  after(() => fs?.remove());

  async function heard(): Promise<number> {
    const pressure = IoPressure.open()!;
    pressure.start();
    await sleep(25);
    const share = pressure.stop();
    pressure.close();
    return share;
  }

  it('hears another process that waits for the disk, in a gap of 25 ms', async () => {
    const reader = spawn(process.execPath, ['--eval', READER, join(fs.mountPoint, 'file')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(reader, 'exit');
    try {
      await once(reader.stdout, 'data');
      await sleep(200);
      const shares = [];
      for (let i = 0; i < 10; i++) shares.push(await heard());
      // Others on this machine may stall too: only what must be heard is tested.
      assert.ok(shares.filter((share) => share > 0.1).length >= 5, shares.join());
    } finally {
      reader.kill();
      await ended;
    }
  });
});
