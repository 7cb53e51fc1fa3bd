import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskStatFiles } from '../../../src/kernel/block-device.js';
import { IoPressure } from '../../../src/kernel/pressure/index.js';
import { fromText } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { makeLoopFs, needsRealKernel } from '../loop-fs.js';
import type { LoopFs } from '../loop-fs.js';

/** Reads a file past the cache, over and over, from another process; waits some milliseconds in between. */
const READER = `
  const { openSync, readSync, constants } = require('node:fs');
  const [, file, pauseMs] = process.argv;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const fd = openSync(file, constants.O_RDONLY | constants.O_DIRECT);
  const raw = Buffer.alloc(2 ** 20 + 4096);
  console.log('reads');
  // A buffer for O_DIRECT has to start at a multiple of the block: find which part of it does.
  let skip = 0;
  for (;;) {
    try { for (let i = 0; i < 32; i++) { readSync(fd, raw, skip, 2 ** 20, i * 2 ** 20); if (pauseMs > 0) Atomics.wait(cell, 0, 0, pauseMs); } }
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

  /** What is heard in ten gaps. */
  async function listen(disks: readonly BytePath[]): Promise<number[]> {
    const pressure = IoPressure.open({ disks })!;
    const shares: number[] = [];
    for (let i = 0; i < 10; i++) {
      pressure.start();
      await sleep(25);
      shares.push(pressure.stop());
    }
    pressure.close();
    return shares;
  }

  async function besideReader(pauseMs: number, body: () => Promise<void>): Promise<void> {
    const reader = spawn(process.execPath, ['--eval', READER, join(fs.mountPoint, 'file'), String(pauseMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(reader, 'exit');
    try {
      await once(reader.stdout, 'data');
      await sleep(200);
      await body();
    } finally {
      reader.kill();
      await ended;
    }
  }

  // Others on this machine may stall too: only what must be heard is tested.
  it('hears another process that waits for the disk all the time', () =>
    besideReader(0, async () => {
      const shares = await listen([]);
      assert.ok(shares.filter((share) => share > 0.1).length >= 5, shares.join());
    }));

  it('hears one that waits for less than a tick at a time', () =>
    besideReader(5, async () => {
      const shares = await listen(diskStatFiles(fromText(fs.mountPoint)));
      assert.ok(shares.filter((share) => share > 0).length >= 8, shares.join());
    }));

  it('finds the disk of a path', () => {
    assert.deepEqual(diskStatFiles(fromText(fs.mountPoint)), [`/sys/class/block/${fs.device.slice('/dev/'.length)}/stat`]);
  });
});
