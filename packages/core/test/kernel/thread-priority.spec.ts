import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ThreadScanner } from '../../src/kernel/scan/index.js';
import { IoClass, ioClassOf, setIoClass } from '../../src/kernel/syscalls/index.js';
import { fromText } from '../../src/model/index.js';

const module = (name: string): string => JSON.stringify(new URL(`../../src/kernel/${name}`, import.meta.url).href);

/** Threads of this process in the idle class. */
function idleThreads(): string[] {
  return readdirSync('/proc/self/task').filter((tid) => ioClassOf(Number(tid)) === IoClass.IDLE);
}

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

  it('is set for all threads, and inherited by those that come later', () => {
    // In a process of its own: nothing takes it back from so many threads.
    const program = `
      const { readWhenIdleInAllThreads } = await import(${module('thread-priority.js')});
      const { ioClassOf } = await import(${module('syscalls/index.js')});
      const { readdirSync } = await import('node:fs');
      const { Worker } = await import('node:worker_threads');
      await import('node:fs/promises').then((fs) => fs.readFile('/proc/self/status'));
      const done = readWhenIdleInAllThreads();
      const worker = new Worker('setTimeout(() => {}, 60000)', { eval: true });
      await new Promise((resolve) => worker.once('online', resolve));
      const classes = readdirSync('/proc/self/task').map((tid) => ioClassOf(Number(tid)));
      console.log(JSON.stringify([done, classes.length > 5, [...new Set(classes)]]));
      process.exit();`;
    const told = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(told), [true, true, [IoClass.IDLE]]);
  });

  it('is set for the scan thread if asked for', async () => {
    for (const idleIo of [false, true]) {
      const scanner = new ThreadScanner(fromText('/proc/self/exe'), { idleIo });
      await scanner.probe([]);
      assert.equal(idleThreads().length, idleIo ? 1 : 0);
      await scanner.close();
    }
  });

  it('of a thread that is not there is refused', () => {
    assert.ok(setIoClass(2 ** 22 + 1, IoClass.IDLE) < 0);
    assert.ok(ioClassOf(2 ** 22 + 1) < 0);
  });
});
