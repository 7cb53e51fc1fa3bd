import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, openEventFd, raiseEventFd } from '../../src/kernel/syscalls/index.js';
import { WakeUp } from '../../src/kernel/wake-up.js';

describe('waking up', () => {
  let fd: number;
  let wakeUp: WakeUp;

  beforeEach(() => {
    fd = openEventFd();
    wakeUp = new WakeUp(() => [fd]);
  });
  afterEach(() => {
    wakeUp.close();
    close(fd);
  });

  const waited = (): Promise<void> => new Promise((resolve) => wakeUp.wait(resolve));

  it('comes when a descriptor has something, once for all who wait', async () => {
    let calls = 0;
    const both = [waited(), waited()].map((one) => one.then(() => calls++));
    await sleep(20);
    assert.equal(calls, 0);
    raiseEventFd(fd);
    await Promise.all(both);
    assert.equal(calls, 2);
  });

  it('comes at once when something waits already', async () => {
    raiseEventFd(fd);
    await waited();
  });

  it('comes by itself after a while, and when it is closed', async () => {
    await waited();
    const last = waited();
    wakeUp.close();
    await last;
    wakeUp.close();
  });

  it('does not keep a process that exits for long', () => {
    const module = new URL('../../src/kernel/wake-up.js', import.meta.url).href;
    const script = `import { WakeUp } from ${JSON.stringify(module)}; new WakeUp(() => []).wait(() => undefined); setTimeout(() => process.exit(3), 20);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000, encoding: 'utf8' });
    assert.equal(status, 3, stderr);
  });
});
