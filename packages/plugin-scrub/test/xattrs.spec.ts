import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatShatagTime, shatagDigest } from '../src/hash/shatag.js';
import { RecordBook } from '../src/record/record-book.js';
import { hex } from '../src/record/record.js';
import { ScrubTask } from '../src/task.js';
import { FakeRun, MemoryState, unitOf } from './fake-context.js';
import { useTempFolder } from './temp-folder.js';

const sha = (content: string): string => createHash('sha256').update(content).digest('hex');

describe('attributes of cshatag', () => {
  const folder = useTempFolder();

  /** An attribute, read by a program that is not ours; undefined where absent. */
  function attribute(name: string): string | undefined {
    try {
      return execFileSync('getfattr', ['--only-values', '-n', name, join(folder.path, 'file')], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    } catch {
      return undefined;
    }
  }
  const set = (name: string, value: string): void => void execFileSync('setfattr', ['-n', name, '-v', value, join(folder.path, 'file')]);
  const mtime = (): string => formatShatagTime(lstatSync(join(folder.path, 'file'), { bigint: true }).mtimeNs);

  async function pass(state: MemoryState): Promise<FakeRun> {
    const run = new FakeRun(folder.path, state, { xattrs: true });
    const task = new ScrubTask(run.ctx);
    task.open();
    const cost = await task.process(unitOf(folder.path, 'file', 1));
    await task.close();
    const stat = lstatSync(join(folder.path, 'file'), { bigint: true });
    assert.equal(cost.seen?.ctimeNs, stat.ctimeNs, 'the state after writing attributes is handed back');
    return run;
  }

  beforeEach(function () {
    writeFileSync(join(folder.path, 'file'), 'content');
    try {
      set('user.duet.test', '1');
    } catch {
      this.skip();
    }
  });

  it('are written where absent, and a second pass leaves them', async () => {
    const state = new MemoryState();
    await pass(state);
    assert.equal(attribute('user.shatag.sha256'), sha('content'));
    assert.equal(attribute('user.shatag.ts'), mtime());
    const { ctimeMs } = lstatSync(join(folder.path, 'file'));
    const { problems } = await pass(state);
    assert.deepEqual(problems, []);
    assert.equal(lstatSync(join(folder.path, 'file')).ctimeMs, ctimeMs);
    assert.equal(new RecordBook(state).get(1)!.ctimeNs, lstatSync(join(folder.path, 'file'), { bigint: true }).ctimeNs);
  });

  it('are brought up to date when the mtime moved', async () => {
    set('user.shatag.sha256', sha('older'));
    set('user.shatag.ts', '1000000000.000000000');
    assert.deepEqual((await pass(new MemoryState())).problems, []);
    assert.equal(attribute('user.shatag.sha256'), sha('content'));
    assert.equal(attribute('user.shatag.ts'), mtime());
  });

  it('tell of corruption without a record, and are not overwritten then', async () => {
    set('user.shatag.sha256', sha('what it was'));
    set('user.shatag.ts', mtime());
    const state = new MemoryState();
    for (let cycle = 0; cycle < 2; cycle++) {
      const { problems } = await pass(state);
      assert.deepEqual(problems.map(({ code }) => code), ['DUET_ERR_SCRUB_MISMATCH']);
      assert.ok(problems[0].message.includes(sha('what it was')));
    }
    assert.equal(attribute('user.shatag.sha256'), sha('what it was'));
    assert.equal(hex(new RecordBook(state).get(1)!.whole!), sha('what it was'));
  });

  it('are refused by some file systems, which is said once', async function () {
    const run = new FakeRun('/proc', new MemoryState(), { xattrs: true });
    const task = new ScrubTask(run.ctx);
    task.open();
    await task.process(unitOf('/proc', 'version', 1));
    await task.close();
    assert.equal(run.log.messages.length, 1);
    assert.match(run.log.messages[0], /could not be written to 1 files/);
  });
});

describe('the time of cshatag', () => {
  it('has nine digits, also before 1970', () => {
    assert.equal(formatShatagTime(1_560_177_334_020_000_000n), '1560177334.020000000');
    assert.equal(formatShatagTime(5n), '0.000000005');
    assert.equal(formatShatagTime(-500_000_000n), '-1.500000000');
  });

  it('decides whether the digest counts', () => {
    const sha256 = 'ab'.repeat(32);
    assert.ok(shatagDigest({ sha256, ts: '0.000000005' }, 5n));
    assert.equal(shatagDigest({ sha256, ts: '0.000000006' }, 5n), undefined);
    assert.equal(shatagDigest({ sha256: 'ab', ts: '0.000000005' }, 5n), undefined);
    assert.equal(shatagDigest(undefined, 5n), undefined);
  });
});
