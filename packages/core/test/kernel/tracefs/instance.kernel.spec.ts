import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeThread } from '../../../src/early-threads.js';
import { openDuet } from '../../../src/index.js';
import { defaultBufferKb } from '../../../src/kernel/tracefs/buffer-size.js';
import type { PageSink } from '../../../src/model/index.js';
import { InodeState } from '../../../src/kernel/tracefs/inode-state.js';
import { makeTraceAhead, takeTraceAhead } from '../../../src/kernel/tracefs/trace-ahead.js';
import { TraceInstance, TracefsSource, removeStaleInstances, tracefsAvailable } from '../../../src/kernel/tracefs/index.js';
import { threadsLoaded } from '../../../src/threads.js';
import { makeLoopFs, needsRealKernel } from '../loop-fs.js';
import { syncFileSystem } from '../page-cache-calls.js';

const INSTANCES = '/sys/kernel/tracing/instances';

function instancesOf(pid: number | undefined): string[] {
  return readdirSync(INSTANCES).filter((name) => name.startsWith(`duet-${pid}-`));
}

/** Starts a process that has a source, and then does what `rest` says. */
async function startWithSource(rest: string): Promise<{ pid: number; exited: Promise<unknown>; end(): void; kill(): void }> {
  const index = new URL('../../../src/kernel/tracefs/index.js', import.meta.url);
  const code = `import { TracefsSource } from '${index.href}';
    const source = new TracefsSource({ bufferKbPerCpu: 64 });
    source.follow({ dev: ${254 * 2 ** 20}, fsType: 'ext4' });
    process.stdout.write('started');
    ${rest}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  return { pid: child.pid as number, exited, end: () => child.stdin.end(), kill: () => child.kill('SIGKILL') };
}

const noSink = new Proxy({} as PageSink, { get: () => assert.fail('no event is to be told') });

describe('trace instances', function () {
  this.timeout(30_000);
  before(function () {
    needsRealKernel(this);
  });

  it('are removed by stop', () => {
    const before = instancesOf(process.pid).length;
    const source = new TracefsSource({ bufferKbPerCpu: 64 });
    assert.equal(instancesOf(process.pid).length, before + 1);
    source.stop();
    assert.equal(instancesOf(process.pid).length, before);
  });

  it('are removed in the background once the source has retired, with nothing left for stop', async () => {
    const source = new TracefsSource({ bufferKbPerCpu: 64 });
    source.follow({ dev: 254 * 2 ** 20, fsType: 'ext4' });
    source.retire();
    source.retire();
    source.follow({ dev: 254 * 2 ** 20 + 1, fsType: 'ext4' });
    assert.equal(source.drain(noSink, 1), false);
    for (let tries = 0; instancesOf(process.pid).length > 0 && tries < 1000; tries++) await sleep(1);
    assert.deepEqual(instancesOf(process.pid), []);
    source.stop();
  });

  it('are gone when stop comes while they are removed in the background, with pipes still open', async () => {
    const source = new TracefsSource({ bufferKbPerCpu: 64 });
    const pipe = openSync(join(INSTANCES, instancesOf(process.pid)[0], 'per_cpu/cpu0/trace_pipe_raw'), 'r');
    source.retire();
    await sleep(5);
    closeSync(pipe);
    source.stop();
    assert.deepEqual(instancesOf(process.pid), []);
  });

  it('are gone when stop comes at any moment of their removal in the background', async () => {
    for (let delayMs = 0; delayMs < 60; delayMs += 3) {
      const source = new TracefsSource({ bufferKbPerCpu: 64 });
      source.retire();
      await sleep(delayMs);
      source.stop();
      assert.deepEqual(instancesOf(process.pid), [], `${delayMs} ms after`);
    }
  });

  it('made ahead are taken once, and are as others are', async () => {
    assert.equal(await takeTraceAhead(), undefined);
    makeTraceAhead();
    makeTraceAhead();
    const [taken, another] = await Promise.all([takeTraceAhead(), takeTraceAhead()]);
    assert.equal(another, undefined);
    assert.ok(taken !== undefined);
    const settings = (path: string) => ['trace_clock', 'buffer_size_kb', 'buffer_percent', 'options/overwrite', 'tracing_on'].map((name) => readFileSync(join(path, name), 'latin1'));
    const other = new TraceInstance(defaultBufferKb());
    const source = new TracefsSource({ instance: taken });
    assert.deepEqual(settings(taken.path), settings(other.path));
    other.remove();
    source.stop();
    assert.deepEqual(instancesOf(process.pid), []);
  });

  it('made ahead are removed when the state database fails to open meanwhile, and that is what is told', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.prependListener('unhandledRejection', note);
    // The database fails sooner than the kernel is done.
    storeThread.start();
    await threadsLoaded();
    try {
      makeTraceAhead();
      await assert.rejects(openDuet({ stateDir: join(process.execPath, 'state'), source: 'tracefs' }), { code: 'DUET_ERR_STATE_OPEN' });
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.deepEqual(unhandled, []);
    assert.deepEqual(instancesOf(process.pid), []);
  });

  it('made ahead are removed when the process ends before anybody takes them', () => {
    const ahead = new URL('../../../src/kernel/tracefs/trace-ahead.js', import.meta.url);
    const code = `import { makeTraceAhead } from '${ahead.href}';
      import { readdirSync } from 'node:fs';
      makeTraceAhead();
      process.stdout.write(readdirSync('${INSTANCES}').filter((name) => name.startsWith('duet-' + process.pid + '-'))[0], () => process.exit());`;
    const name = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
    assert.match(name, /^duet-/);
    assert.ok(!existsSync(join(INSTANCES, name)));
  });

  it('can be several in one process', () => {
    const sources = [new TracefsSource({ bufferKbPerCpu: 64 }), new TracefsSource({ bufferKbPerCpu: 64 })];
    assert.equal(instancesOf(process.pid).length, 2);
    for (const source of sources) source.stop();
  });

  for (const [how, rest] of [
    ['its end', ''],
    ['process.exit', 'process.exit(3);'],
    ['an uncaught exception', 'throw new Error("as meant");'],
  ]) {
    it(`are removed when the process ends by ${how}`, async () => {
      const child = await startWithSource(`process.stdin.resume().once('end', () => { ${rest} });`);
      assert.equal(instancesOf(child.pid).length, 1);
      child.end();
      await child.exited;
      assert.deepEqual(instancesOf(child.pid), []);
    });
  }

  it('left behind by a killed process are removed by the next start, and no others', async () => {
    const killed = await startWithSource('setInterval(() => undefined, 1000);');
    const alive = await startWithSource('setInterval(() => undefined, 1000);');
    const foreign = join(INSTANCES, `duet-of-somebody-else-${process.pid}`);
    mkdirSync(foreign);
    try {
      killed.kill();
      await killed.exited;
      assert.equal(instancesOf(killed.pid).length, 1, 'SIGKILL leaves it behind');
      new TracefsSource({ bufferKbPerCpu: 64 }).stop();
      assert.equal(instancesOf(killed.pid).length, 0);
      assert.equal(instancesOf(alive.pid).length, 1);
      assert.ok(existsSync(foreign));
    } finally {
      rmdirSync(foreign);
      alive.kill();
      await alive.exited;
      removeStaleInstances();
    }
    assert.equal(instancesOf(alive.pid).length, 0);
  });

  it('are refused with a clear error when the buffer is larger than memory', () => {
    assert.throws(() => new TracefsSource({ bufferKbPerCpu: 2 ** 36 }), { code: 'DUET_ERR_TRACEFS' });
    assert.deepEqual(instancesOf(process.pid), []);
  });

  it('can be had where tracefs is not mounted, which is mounted then', () => {
    const index = new URL('../../../src/kernel/tracefs/index.js', import.meta.url);
    const code = `import { TracefsSource, tracefsAvailable } from '${index.href}';
      const before = tracefsAvailable().ok;
      new TracefsSource({ bufferKbPerCpu: 64 }).stop();
      process.stdout.write(String(before && tracefsAvailable().ok));`;
    // In a mount namespace of its own, where nobody else misses it.
    const shell = 'umount /sys/kernel/tracing && ! grep -q " - tracefs " /proc/self/mountinfo && exec "$0" --input-type=module --eval "$1"';
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, process.execPath, code];
    assert.equal(execFileSync('unshare', args, { encoding: 'utf8' }), 'true');
  });

  it('can be had here', () => {
    assert.deepEqual(tracefsAvailable(), { ok: true });
  });
});

describe('the state in writeback_single_inode', function () {
  this.timeout(30_000);
  before(function () {
    needsRealKernel(this);
  });

  it('is read as the kernel itself prints it', async () => {
    const fs = makeLoopFs('ext4', { sizeMiB: 600 });
    const instance = join(INSTANCES, `duet-test-state-${process.pid}`);
    const enable = join(instance, 'events/writeback/writeback_single_inode/enable');
    const states = (pattern: RegExp): string[] =>
      [...readFileSync(join(instance, 'trace'), 'latin1').matchAll(pattern)].map((found) => found[1]);
    const names = (): string[] => states(/writeback_single_inode: .* state=(\S+)/g);
    mkdirSync(instance);
    try {
      writeFileSync(enable, '1');
      // The flusher leaves pages dirty where somebody goes on writing.
      const file = join(fs.mountPoint, 'file');
      const writer = spawn('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k', 'count=100000', 'conv=notrunc', 'status=none']);
      const ended = once(writer, 'exit');
      while (!names().some((one) => one.includes('I_DIRTY_PAGES'))) {
        syncFileSystem(fs.mountPoint);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      writer.kill();
      await ended;
      syncFileSystem(fs.mountPoint);
      writeFileSync(enable, '0');
      const printed = names();
      writeFileSync(join(instance, 'options/fields'), '1');
      const numbers = states(/writeback_single_inode: .* state=0x([0-9a-f]+)/g);
      assert.equal(printed.length, numbers.length);
      assert.ok(printed.some((one) => !one.includes('I_DIRTY_PAGES')));
      const state = new InodeState();
      for (const [at, name] of printed.entries()) {
        assert.equal(state.isClean(parseInt(numbers[at], 16)), !name.includes('I_DIRTY_PAGES'), `${name} 0x${numbers[at]}`);
      }
    } finally {
      rmdirSync(instance);
      fs.remove();
    }
  });
});
