import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBytes, fromText } from '@duet/core';
import type { Unit, UnitCost } from '@duet/core';
import { RecordBook } from '../src/record/record-book.js';
import { hex, SEGMENT_BYTES } from '../src/record/record.js';
import { ScrubTask } from '../src/task.js';
import { FakeRun, MemoryState, unitOf } from './fake-context.js';
import { useTempFolder } from './temp-folder.js';

const MIB = 1024 * 1024;
/** Files written less than a clock tick ago are recorded as unsettled. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

describe('ScrubTask', () => {
  const folder = useTempFolder();
  let state: MemoryState;
  let no: Map<string, number>;

  beforeEach(() => {
    state = new MemoryState();
    no = new Map();
  });

  const write = (name: string, content: Uint8Array | string): void => {
    mkdirSync(join(folder.path, name, '..'), { recursive: true });
    writeFileSync(join(folder.path, name), content);
    if (!no.has(name)) no.set(name, no.size + 1);
  };
  const unit = (name: string, range: Partial<Unit> = {}): Unit => unitOf(folder.path, name, no.get(name)!, range);
  const book = (): RecordBook => new RecordBook(state);
  const sha = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

  /** Runs one pass over `units`. */
  async function pass(units: readonly Unit[], options: Record<string, unknown> = {}): Promise<FakeRun & { costs: UnitCost[] }> {
    const run = new FakeRun(folder.path, state, options);
    const task = new ScrubTask(run.ctx);
    task.open();
    try {
      const costs = await Promise.all(units.map((one) => task.process(one)));
      await task.finish({ filesDone: units.length, filesFailed: 0, met: (number) => units.some((one) => one.file.no === number) });
      return Object.assign(run, { costs });
    } finally {
      await task.close();
    }
  }

  /** Makes the record of a file say something else than the file. */
  function tamper(name: string, segment?: number): void {
    const number = no.get(name)!;
    const record = book().get(number)!;
    if (segment === undefined) book().put(number, { ...record, whole: Buffer.alloc(32, 1) });
    else book().putSegments(number, segment, [{ ...book().segment(number, segment)!, digest: Buffer.alloc(32, 1) }]);
  }

  it('records at first, verifies afterwards, and finds nothing wrong', async () => {
    write('a/one', 'one');
    write('two', Buffer.alloc(3 * MIB + 5, 7));
    write('empty', '');
    await settle();
    const units = ['a/one', 'two', 'empty'].map((name) => unit(name));
    const first = await pass(units);
    assert.deepEqual(first.problems, []);
    const record = book().get(1)!;
    assert.equal(record.path, fromText(join(folder.path, 'a/one')));
    assert.equal(hex(record.whole!), sha('one'));
    assert.equal(hex(book().get(2)!.whole!), sha(Buffer.alloc(3 * MIB + 5, 7)));
    assert.equal(hex(book().get(3)!.whole!), sha(''));
    assert.equal(record.unsettled, false);
    assert.equal(first.costs[1].bytesFromCache + first.costs[1].bytesFromDisk, 3 * MIB + 5);
    assert.deepEqual(first.costs[0].seen, { size: 3, mtimeNs: units[0].file.mtimeNs, ctimeNs: units[0].file.ctimeNs });
    const second = await pass(units);
    assert.deepEqual(second.problems, []);
    assert.equal(book().get(1)!.verifiedAtMs, second.nowMs);
  });

  it('reports a mismatch, each cycle anew, and leaves the record', async () => {
    write('file', 'content');
    await settle();
    const first = await pass([unit('file')]);
    tamper('file');
    for (let cycle = 0; cycle < 2; cycle++) {
      const { problems } = await pass([unit('file')]);
      assert.equal(problems.length, 1);
      assert.equal(problems[0].code, 'DUET_ERR_SCRUB_MISMATCH');
      assert.equal(problems[0].path, 'file');
      assert.equal(problems[0].offset, 0);
      assert.ok(problems[0].message.includes(sha('content')) && problems[0].message.includes('01'.repeat(32)));
      const record = book().get(1)!;
      assert.equal(hex(record.whole!), '01'.repeat(32));
      assert.equal(record.verifiedAtMs, first.nowMs);
      assert.equal(record.problem?.kind, 'mismatch');
    }
  });

  it('records anew what a program changed', async () => {
    write('file', 'before');
    await settle();
    await pass([unit('file')]);
    write('file', 'after!');
    await settle();
    assert.deepEqual((await pass([unit('file')])).problems, []);
    assert.equal(hex(book().get(1)!.whole!), sha('after!'));
  });

  it('takes a file anew that was written within a tick of its recording', async () => {
    write('file', 'x');
    await pass([unit('file')]);
    const record = book().get(1)!;
    book().put(1, { ...record, unsettled: true, whole: Buffer.alloc(32, 1) });
    await settle();
    assert.deepEqual((await pass([unit('file')])).problems, []);
    assert.equal(hex(book().get(1)!.whole!), sha('x'));
    assert.equal(book().get(1)!.unsettled, false);
  });

  it('takes segments in any order, and says which one is wrong', async () => {
    const content = randomBytes(73 * MIB + 3);
    write('large', content);
    await settle();
    const units = [64, 0, 32, 48, 16].map((at) => unit('large', { offset: at * MIB, bytes: Math.min(16 * MIB, content.length - at * MIB), whole: false }));
    assert.deepEqual((await pass(units)).problems, []);
    for (let i = 0; i < 10; i++) assert.equal(hex(book().segment(1, i)!.digest), sha(content.subarray(i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES)), `segment ${i}`);
    assert.equal(book().get(1)!.whole, undefined);
    tamper('large', 3);
    const { problems } = await pass(units);
    assert.deepEqual(problems.map(({ offset }) => offset), [24 * MIB]);
    assert.equal(book().get(1)!.problem?.offset, 24 * MIB);
    book().putSegments(1, 3, [{ ...book().segment(1, 3)!, digest: createHash('sha256').update(content.subarray(24 * MIB, 32 * MIB)).digest() }]);
    assert.deepEqual((await pass(units)).problems, []);
    assert.equal(book().get(1)!.problem, undefined);
  });

  it('hashes whole files over 8 MiB as a whole and in segments', async () => {
    const content = randomBytes(20 * MIB);
    write('large', content);
    await settle();
    await pass([unit('large')]);
    assert.equal(hex(book().get(1)!.whole!), sha(content));
    for (let i = 0; i < 3; i++) assert.equal(hex(book().segment(1, i)!.digest), sha(content.subarray(i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES)));
    tamper('large', 2);
    assert.deepEqual((await pass([unit('large')])).problems.map(({ offset }) => offset), [16 * MIB]);
  });

  const partsOf = (name: string, bytes: number, length: number): Unit[] =>
    Array.from({ length: Math.ceil(length / bytes) }, (_, i) => unit(name, { offset: i * bytes, bytes: Math.min(bytes, length - i * bytes), whole: false }));

  it('goes on with a file part by part as if it had read it whole, with files between', async () => {
    const contents = [randomBytes(21 * MIB + 5), randomBytes(20 * MIB)];
    contents.forEach((content, i) => write(`large-${i}`, content));
    await settle();
    // Parts that begin within segments, and one that lasts over several.
    const parts = [partsOf('large-0', 3 * MIB, contents[0].length), partsOf('large-1', 17 * MIB, contents[1].length)];
    const { problems, costs } = await pass([...parts[0].slice(0, 2), ...parts[1].slice(0, 1), ...parts[0].slice(2), ...parts[1].slice(1)]);
    assert.deepEqual(problems, []);
    assert.equal(costs.reduce((sum, cost) => sum + cost.bytesFromCache + cost.bytesFromDisk, 0), contents[0].length + contents[1].length);
    contents.forEach((content, file) => {
      assert.equal(hex(book().get(file + 1)!.whole!), sha(content));
      for (let i = 0; i < 3; i++) assert.equal(hex(book().segment(file + 1, i)!.digest), sha(content.subarray(i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES)), `segment ${i}`);
    });
    tamper('large-0', 1);
    const second = await pass(parts[0]);
    assert.deepEqual(second.problems.map(({ offset }) => offset), [8 * MIB]);
    assert.equal(book().get(1)!.problem?.offset, 8 * MIB);
  });

  it('takes a file that changes between two parts for another version, without a complaint', async () => {
    const [before, after] = [randomBytes(9 * MIB), randomBytes(9 * MIB)];
    write('large', before);
    await settle();
    const old = partsOf('large', 4 * MIB, before.length);
    const run = new FakeRun(folder.path, state);
    const task = new ScrubTask(run.ctx);
    task.open();
    try {
      await task.process(old[0]);
      write('large', after);
      await settle();
      const now = partsOf('large', 4 * MIB, after.length);
      const cost = await task.process(now[1]);
      assert.equal(cost.seen!.mtimeNs, now[1].file.mtimeNs);
      assert.notEqual(cost.seen!.mtimeNs, old[1].file.mtimeNs);
      // What it had of the old version is gone.
      assert.match((await task.process(now[2])).skipped!, /earlier part/);
      assert.equal(book().get(1), undefined);
      for (const part of now) assert.equal((await task.process(part)).skipped, undefined);
      assert.deepEqual(run.problems, []);
      assert.equal(hex(book().get(1)!.whole!), sha(after));
    } finally {
      await task.close();
    }
  });

  it('reads nothing of a file of which an earlier part failed', async () => {
    write('large', randomBytes(9 * MIB));
    const [first, second, third] = partsOf('large', 4 * MIB, 9 * MIB);
    const { costs } = await pass([first, third, second]);
    assert.deepEqual(costs.map(({ skipped }) => skipped === undefined), [true, false, false]);
    assert.equal(book().get(1), undefined);
  });

  it('reads past the cache what the cache does not vouch for', async () => {
    write('file', randomBytes(100_000));
    execFileSync('sync', ['-f', folder.path]);
    await settle();
    const { costs, log } = await pass([unit('file', { cacheIsFromDisk: false })]);
    const record = book().get(1)!;
    if (costs[0].direct) assert.deepEqual([costs[0].bytesFromCache, costs[0].bytesFromDisk], [0, 100_000]);
    else if (record.verifiedAtMs === 0) assert.match(log.messages.join(), /1 files were compared in memory only/);
    assert.equal(hex(record.whole!).length, 64);
  });

  it('rejects with DUET_ERR_VANISHED for what is gone, replaced, or a link by now', async () => {
    for (const name of ['gone', 'replaced', 'link']) write(name, name);
    const units = ['gone', 'replaced', 'link'].map((name) => unit(name));
    rmSync(join(folder.path, 'gone'));
    write('new', 'another');
    renameSync(join(folder.path, 'new'), join(folder.path, 'replaced'));
    rmSync(join(folder.path, 'link'));
    symlinkSync('/etc/passwd', join(folder.path, 'link'));
    for (const one of units) await assert.rejects(pass([one]), { code: 'DUET_ERR_VANISHED' });
  });

  it('reports what cannot be opened, and goes on', async function () {
    if (process.geteuid?.() === 0) {
      // Root may read everything: a name that is too long stands for what cannot be opened.
      write('file', 'x');
      const one = unit('file');
      const { problems, costs } = await pass([{ ...one, file: { ...one.file, path: fromText('n'.repeat(300)) } }]);
      assert.equal(problems[0].code, 'DUET_ERR_READ');
      assert.deepEqual(costs, [{ bytesFromCache: 0, bytesFromDisk: 0 }]);
      assert.deepEqual(book().get(1)!.problem?.kind, 'read');
      assert.deepEqual((await pass([one])).problems, []);
      assert.equal(book().get(1)!.problem, undefined);
      return;
    }
    write('file', 'x');
    chmodSync(join(folder.path, 'file'), 0);
    const { problems } = await pass([unit('file')]);
    assert.match(problems[0].message, /EACCES/);
  });

  it('reports a file that never holds still', async () => {
    write('log', Buffer.alloc(60 * MIB));
    const writer = new URL('./ever-changing.js', import.meta.url);
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(writer, { workerData: join(folder.path, 'log') });
    await new Promise((resolve) => worker.once('message', resolve));
    try {
      const { problems } = await pass([unit('log')]);
      assert.deepEqual(problems.map(({ code }) => code), ['DUET_ERR_CHANGING']);
      assert.equal(book().get(1), undefined);
    } finally {
      await worker.terminate();
    }
  });

  it('stops promptly when aborted, with the reason of the abort', async () => {
    write('large', '');
    truncateSync(join(folder.path, 'large'), 64 * 1024 * MIB);
    const run = new FakeRun(folder.path, state);
    const task = new ScrubTask(run.ctx);
    task.open();
    const processing = task.process(unit('large'));
    const expectation = assert.rejects(processing, /enough of it/);
    await settle();
    const started = performance.now();
    run.abort.abort(new Error('enough of it'));
    await expectation;
    await task.close();
    assert.ok(performance.now() - started < 1000);
    assert.equal(state.map.size, 0);
  });

  it('closes after an open that failed, or never was', async () => {
    const run = new FakeRun(folder.path, state);
    await new ScrubTask(run.ctx).close();
    const broken = new FakeRun(join(folder.path, 'not-there'), state);
    const task = new ScrubTask(broken.ctx);
    task.open();
    write('file', 'x');
    await assert.rejects(task.process(unit('file')), { code: 'DUET_ERR_INTERNAL' });
    await task.close();
  });

  it('takes only what was not verified for olderThan', async () => {
    write('old', 'old');
    write('changed', 'c');
    await settle();
    await pass([unit('old'), unit('changed')]);
    write('changed', 'd');
    write('new', 'new');
    const run = new FakeRun(folder.path, state, { olderThan: '1d' });
    const task = new ScrubTask(run.ctx);
    run.nowMs += 1000;
    task.open();
    assert.deepEqual(['old', 'changed', 'new'].filter((name) => task.accepts(unit(name).file)), ['changed', 'new']);
    await task.close();
    const later = new FakeRun(folder.path, state, { olderThan: '1d', exclude: 'n*' });
    later.nowMs += 2 * 86_400_000;
    const laterTask = new ScrubTask(later.ctx);
    laterTask.open();
    assert.deepEqual(['old', 'changed', 'new'].filter((name) => laterTask.accepts(unit(name).file)), ['old', 'changed']);
    await laterTask.close();
  });

  it('says once that maxBytes or maxTime are reached', async () => {
    for (const name of ['a', 'b', 'c']) write(name, Buffer.alloc(10_000));
    const units = ['a', 'b', 'c'].map((name) => unit(name));
    assert.deepEqual((await pass(units, { maxBytes: 15_000 })).enough, ['maxBytes, 14.65KB, are read']);
    assert.deepEqual((await pass(units, { maxTime: '1h' })).enough, []);
    const run = new FakeRun(folder.path, state, { maxTime: '1h' });
    const task = new ScrubTask(run.ctx);
    task.open();
    run.nowMs += 3_600_000;
    await task.process(units[0]);
    await task.close();
    assert.deepEqual(run.enough, ['maxTime, 1h, is over']);
  });

  it('forgets files that are gone, follows renames, and keeps what was left out', async () => {
    for (const name of ['gone', 'moved', 'left-out']) write(name, name);
    await settle();
    await pass(['gone', 'moved', 'left-out'].map((name) => unit(name)));
    rmSync(join(folder.path, 'gone'));
    renameSync(join(folder.path, 'moved'), join(folder.path, 'moved-to'));
    await pass([unitOf(folder.path, 'moved-to', no.get('moved')!)]);
    assert.equal(book().get(1), undefined);
    assert.equal(book().get(2)!.path, fromText(join(folder.path, 'moved-to')));
    assert.ok(book().get(3));
  });

  it('takes large files in any order, but for those whose whole digest is wanted', async () => {
    write('file', 'x');
    const file = { ...unit('file').file, size: 65 * MIB };
    const run = new FakeRun(folder.path, state);
    const task = new ScrubTask(run.ctx);
    task.open();
    assert.equal(task.segmentBytes(file), 16 * MIB);
    assert.equal(task.continues(file), false);
    assert.equal(task.continues({ ...file, size: 64 * MIB }), true);
    await pass([unit('file')]);
    await task.close();
    const tagging = new FakeRun(folder.path, state, { xattrs: true });
    const taggingTask = new ScrubTask(tagging.ctx);
    taggingTask.open();
    assert.equal(taggingTask.continues(file), true);
    await taggingTask.close();
  });

  it('works on a single file as the path, and on names that are no UTF-8', async () => {
    write('file', 'x');
    const run = new FakeRun(join(folder.path, 'file'), state);
    const task = new ScrubTask(run.ctx);
    task.open();
    await task.process(unitOf(join(folder.path, 'file'), '', 1));
    await task.close();
    assert.equal(book().get(1)!.path, fromText(join(folder.path, 'file')));

    const name = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff, 0x0a, 0x5c])]);
    writeFileSync(name, 'bytes');
    const one = unit('file');
    const { lstatSync } = await import('node:fs');
    const stat = lstatSync(name);
    await pass([{ ...one, bytes: 5, file: { ...one.file, no: 2, path: fromBytes(Buffer.from([0xff, 0x0a, 0x5c])), id: { ...one.file.id, ino: stat.ino } } }]);
    assert.equal(hex(book().get(2)!.whole!), sha('bytes'));
  });

  it('does not mind a file whose times are old or odd', async () => {
    write('file', 'x');
    utimesSync(join(folder.path, 'file'), -1, 0);
    await settle();
    await pass([unit('file')]);
    assert.deepEqual((await pass([unit('file')])).problems, []);
  });
});
