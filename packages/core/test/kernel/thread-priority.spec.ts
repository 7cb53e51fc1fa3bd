import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { IoClass, ioClassOf, setIdleScheduling, setIoClass } from '../../src/kernel/syscalls/index.js';

const module = (name: string): string => JSON.stringify(new URL(`../../src/kernel/${name}`, import.meta.url).href);

describe('the I/O class', () => {
  it('is set for the calling thread alone', async () => {
    const program = `
      Promise.all([import('node:worker_threads'), import(${module('thread-priority.js')}), import(${module('syscalls/index.js')})]).then(
        ([{ parentPort }, { readWhenIdle }, { ioClassOf }]) => parentPort.postMessage([ioClassOf(0), readWhenIdle(), ioClassOf(0)]));`;
    const worker = new Worker(program, { eval: true, execArgv: [] });
    const [told] = await once(worker, 'message');
    await worker.terminate();
    assert.deepEqual(told, [IoClass.NONE, true, IoClass.IDLE]);
    assert.equal(ioClassOf(0), IoClass.NONE);
  });

  it('of a thread that is not there is refused', () => {
    assert.ok(setIoClass(2 ** 22 + 1, IoClass.IDLE) < 0);
    assert.ok(ioClassOf(2 ** 22 + 1) < 0);
  });
});

describe('idle scheduling', () => {
  it('is set for all threads, on one CPU, and inherited by those that come later', () => {
    // In a process of its own: it is for good.
    const program = `
      const { workWhenIdle } = await import(${module('thread-priority.js')});
      const { readdirSync, readFileSync } = await import('node:fs');
      const { Worker } = await import('node:worker_threads');
      await import('node:fs/promises').then((fs) => fs.readFile('/proc/self/status'));
      const policies = () => readdirSync('/proc/self/task').map((tid) => readFileSync('/proc/self/task/' + tid + '/stat', 'latin1').split(') ')[1].split(' ')[38]);
      const cpus = () => [...new Set(readdirSync('/proc/self/task').map((tid) => /Cpus_allowed_list:\\s*(.*)/.exec(readFileSync('/proc/self/task/' + tid + '/status', 'latin1'))[1]))];
      const before = policies();
      const done = workWhenIdle();
      const worker = new Worker('setTimeout(() => {}, 60000)', { eval: true });
      await new Promise((resolve) => worker.once('online', resolve));
      const after = policies();
      console.log(JSON.stringify([done, after.length > before.length, [...new Set(before)], [...new Set(after)], cpus()]));
      process.exit();`;
    const told = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    const [done, isMore, before, after, cpus] = JSON.parse(told) as [boolean, boolean, string[], string[], string[]];
    assert.deepEqual([done, isMore, before, after], [true, true, ['0'], ['5']]);
    assert.equal(cpus.length, 1);
    assert.match(cpus[0], /^\d+$/, 'one CPU');
  });

  it('of a thread that is not there is refused', () => {
    assert.ok(setIdleScheduling(2 ** 22 + 1) < 0);
  });
});
