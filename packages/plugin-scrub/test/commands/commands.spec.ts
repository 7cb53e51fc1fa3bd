import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptCommand } from '../../src/commands/accept.js';
import { exportCommand } from '../../src/commands/export.js';
import { importCommand } from '../../src/commands/import.js';
import { reportCommand } from '../../src/commands/report.js';
import { RecordBook } from '../../src/record/record-book.js';
import { hex } from '../../src/record/record.js';
import { ScrubTask } from '../../src/task.js';
import { FakeCommand, FakeRun, MemoryState, unitOf } from '../fake-context.js';
import { useTempFolder } from '../temp-folder.js';

const MIB = 1024 * 1024;

describe('commands of scrub', () => {
  const folder = useTempFolder();
  const NUMBERS = ['one', 'line\nbreak', 'back\\slash', 'large'];
  let state: MemoryState;
  const at = (name: string): string => join(folder.path, name);
  const numbers = (): Map<string, number> => new Map(NUMBERS.map((name, i) => [at(name), i + 1]));

  async function pass(names: readonly string[]): Promise<FakeRun> {
    const run = new FakeRun(folder.path, state);
    const task = new ScrubTask(run.ctx);
    task.open();
    for (const name of names) {
      const unit = unitOf(folder.path, name, NUMBERS.indexOf(name) + 1);
      for (let offset = 0; offset < unit.bytes; offset += 16 * MIB) {
        await task.process(unit.bytes > 16 * MIB ? { ...unit, offset, bytes: Math.min(16 * MIB, unit.bytes - offset), whole: false } : unit);
      }
    }
    await task.close();
    return run;
  }

  function damage(no: number): void {
    const book = new RecordBook(state);
    const record = book.get(no)!;
    if (record.whole) book.put(no, { ...record, whole: Buffer.alloc(32, 1) });
    else book.putSegments(no, 1, [{ digest: Buffer.alloc(32, 1), verifiedAtMs: 1000, unsettled: false }]);
  }

  beforeEach(async () => {
    state = new MemoryState();
    for (const name of NUMBERS.slice(0, 3)) writeFileSync(at(name), name);
    // Larger than those whose whole digest is recorded.
    writeFileSync(at('large'), Buffer.concat([randomBytes(20 * MIB), Buffer.alloc(45 * MIB)]));
    await new Promise((resolve) => setTimeout(resolve, 40));
    await pass(NUMBERS);
  });

  it('report counts, and exits with 0 while all is well', async () => {
    const command = new FakeCommand(state, {});
    assert.equal(await reportCommand.run(command.ctx), 0);
    assert.equal(command.objects.at(-1)!['files'], 4);
    assert.equal(command.objects.at(-1)!['verifiedFiles'], 4);
    assert.equal(command.objects.at(-1)!['problems'], 0);
    assert.equal(await reportCommand.run(new FakeCommand(state, { path: at('one') }).ctx), 0);
  });

  it('report shows open problems and exits with 1; accept takes them', async () => {
    damage(1);
    damage(4);
    assert.equal((await pass(['one', 'large'])).problems.length, 2);
    const report = new FakeCommand(state, { path: folder.path });
    assert.equal(await reportCommand.run(report.ctx), 1);
    const [large, one] = report.objects;
    assert.deepEqual([large['path'], large['offset'], large['recorded']], [at('large'), 8 * MIB, '01'.repeat(32)]);
    assert.deepEqual([one['path'], one['offset'], one['read']], [at('one'), 0, createHash('sha256').update('one').digest('hex')]);

    const accept = new FakeCommand(state, { paths: [at('one'), folder.path] });
    assert.equal(await acceptCommand.run(accept.ctx), 0);
    assert.equal(await reportCommand.run(new FakeCommand(state, {}).ctx), 0);
    assert.deepEqual((await pass(NUMBERS)).problems, []);
  });

  it('accept refuses what was never recorded, and drops what is gone', async () => {
    const command = new FakeCommand(state, { paths: [at('never')] });
    await assert.rejects(acceptCommand.run(command.ctx), { code: 'DUET_ERR_SCRUB_RECORD' });
    rmSync(at('one'));
    await acceptCommand.run(new FakeCommand(state, { paths: [at('one')] }).ctx);
    assert.equal(new RecordBook(state).get(1), undefined);
  });

  it('export prints what sha256sum -c takes, large files and odd names included', async () => {
    const command = new FakeCommand(state, { path: folder.path });
    assert.equal(await exportCommand.run(command.ctx), 0);
    writeFileSync(at('list'), Buffer.concat(command.bytes));
    execFileSync('sha256sum', ['--strict', '--status', '-c', at('list')]);
    assert.equal(command.bytes.length, 4);
    assert.ok(new RecordBook(state).get(4)!.whole, 'the digest of the large file is kept');

    const relative = new FakeCommand(state, {}, { base: folder.path });
    await exportCommand.run(relative.ctx);
    execFileSync('sha256sum', ['--strict', '--status', '-c'], { cwd: folder.path, input: Buffer.concat(relative.bytes) });
  });

  it('export leaves out, and tells, a large file whose segments are wrong', async () => {
    damage(4);
    const command = new FakeCommand(state, {});
    assert.equal(await exportCommand.run(command.ctx), 1);
    assert.equal(command.bytes.length, 3);
    assert.match(command.log.messages.join(), /8388608/);
  });

  it('import expects what the list says: a match verifies, a difference is a problem', async () => {
    const list = execFileSync('sha256sum', NUMBERS, { cwd: folder.path }).toString();
    writeFileSync(at('list'), `${list}nonsense\n${'ab'.repeat(32)}  not-there\n`.replace(/^[0-9a-f]{64}(?= {2}one)/m, 'cd'.repeat(32)));
    state = new MemoryState();
    const command = new FakeCommand(state, { file: at('list') }, { base: folder.path }, numbers());
    assert.equal(await importCommand.run(command.ctx), 2);
    assert.deepEqual(command.objects, [{ type: 'imported', files: 4, missing: 1, badLines: [5] }]);
    const run = new FakeRun(folder.path, state);
    const task = new ScrubTask(run.ctx);
    task.open();
    assert.equal(task.continues(unitOf(folder.path, 'large', 4).file), true);
    for (const [i, name] of NUMBERS.entries()) await task.process(unitOf(folder.path, name, i + 1));
    await task.close();
    assert.deepEqual(run.problems.map(({ path, code }) => [path, code]), [['one', 'DUET_ERR_SCRUB_MISMATCH']]);
    const book = new RecordBook(state);
    assert.equal(book.get(4)!.imported, false);
    assert.ok(book.segment(4, 2));
    assert.equal(hex(book.get(1)!.whole!), 'cd'.repeat(32));
  });

  it('import refuses a file that is no list, and one that is not there', async () => {
    writeFileSync(at('list'), 'this\nis\nprose\n');
    await assert.rejects(importCommand.run(new FakeCommand(state, { file: at('list') }).ctx), { code: 'DUET_ERR_SCRUB_RECORD', message: /3 lines.*1, 2, 3/ });
    await assert.rejects(importCommand.run(new FakeCommand(state, { file: at('nothing') }).ctx), { code: 'DUET_ERR_PATH_MISSING' });
  });
});
