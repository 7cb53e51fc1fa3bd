import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differences } from './fixtures/differences.js';
import { isRoot } from './fixtures/every-kind.js';
import { useTempFolder } from './fixtures/temp-folder.js';
import { PIECE_BYTES, runTight } from './fixtures/tight-run.js';

const KILLED_RUN = fileURLToPath(new URL('fixtures/killed-run.js', import.meta.url));

describe('a mirror that takes large files piece by piece, where the cache is small,', function () {
  this.timeout(60_000);
  // Before the folder is removed.
  afterEach(() => execFileSync('chmod', ['-R', 'u+w', temp.path]));
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);
  let config: Readonly<Record<string, unknown>>;

  beforeEach(() => {
    mkdirSync(at('source'));
    config = { target: at('target'), delete: true };
  });

  /** A file of the source, of six pieces; the last is a short one. */
  function large(name: string | Buffer, text = String(name)): Buffer {
    const path = Buffer.concat([Buffer.from(`${at('source')}/`), Buffer.from(name)]);
    writeFileSync(path, Buffer.alloc(5 * PIECE_BYTES + 4097, `${text} `));
    return path;
  }

  /** Names among the unfinished files. */
  function unfinished(): string[] {
    if (!existsSync(at('target'))) return [];
    return readdirSync(at('target')).filter((name) => name.startsWith('.duet-rsync-')).flatMap((folder) => readdirSync(at('target', folder)));
  }

  const numbers = (pieces: readonly (readonly [string, number])[]): number[] => pieces.map(([, number]) => number);

  it('is equal, with all that rsync keeps of a file, and rsync sends none of them', async () => {
    for (const folder of ['deep/er', 'closed', 'names/-d']) mkdirSync(at('source', folder), { recursive: true });
    for (const name of ['large', 'deep/er/large', 'closed/large', 'names/-rf', 'names/-d/--delete', 'names/new\nline', 'names/#hash', 'names/ü']) large(name);
    large(Buffer.concat([Buffer.from('names/'), Buffer.from([0xff, 0x0a, 0x80])]));
    for (const mode of [0o4755, 0o2755, 0o400]) chmodSync(large(mode.toString(8)), mode);
    execFileSync('setfacl', ['-m', 'u:1:rw,g:2:r', large('acl').toString()]);
    execFileSync('setfattr', ['-n', 'user.odd', '-v', '0x00ff0a22', large('xattr').toString()]);
    utimesSync(large('before-1970'), -86_400.25, -86_400.25);
    if (isRoot) chownSync(large('of-another'), 12_345, 54_321);
    if (isRoot) chownSync(at('source/deep'), 12_345, 54_321);
    writeFileSync(at('source/small'), 'small');
    // One that is not cut, and still copied here.
    writeFileSync(at('source/middle'), Buffer.alloc(2 * PIECE_BYTES, 'middle '), { mode: 0o640 });
    chmodSync(at('source/closed'), 0o555);
    chmodSync(at('source/deep'), 0o750);

    const { summary, problems, pieces, wentWhole } = await runTight(at('source'), { ...config, acls: true, xattrs: true, fsync: true });
    assert.deepEqual([problems, wentWhole, summary.exitCode], [[], [], 0]);
    assert.equal(pieces.length, 6 * (summary.tasks[0].filesTotal - 2) + 2);
    assert.equal(summary.tasks[0].filesDone, summary.tasks[0].filesTotal);
    assert.equal(summary.tasks[0].bytesFromCache + summary.tasks[0].bytesFromDisk, summary.tasks[0].bytes);
    assert.deepEqual(differences(at('source'), at('target')), []);
    assert.equal(statSync(at('target/large'), { bigint: true }).mtimeNs, statSync(at('source/large'), { bigint: true }).mtimeNs);
  });

  it('puts a file in the place of an older one, also in a folder that may not be written, and in that of a link', async () => {
    mkdirSync(at('source/closed'));
    // rsync compares times by whole seconds.
    for (const name of ['closed/large', 'link', 'other']) utimesSync(large(name), 1, 1);
    chmodSync(at('source/closed'), 0o555);
    await runTight(at('source'), config);
    chmodSync(at('source/closed'), 0o755);
    for (const name of ['closed/large', 'link']) large(name, 'new');
    chmodSync(at('source/closed'), 0o555);
    unlinkSync(at('target/link'));
    symlinkSync(at('source/small'), at('target/link'));

    const { problems, pieces, wentWhole } = await runTight(at('source'), config);
    assert.deepEqual(problems, []);
    assert.equal(pieces.length, 2 * 6);
    // Only rsync opens such a folder for a while.
    if (isRoot) assert.deepEqual(wentWhole, []);
    assert.deepEqual(differences(at('source'), at('target')), []);
    assert.ok(!existsSync(at('source/small')));
  });

  it('begins anew when the file changes between two pieces', async () => {
    large('large');
    let changes = 0;
    const { summary, problems, pieces, wentWhole } = await runTight(at('source'), config, ({ offset }) => {
      if (offset === 3 * PIECE_BYTES && changes++ === 0) writeFileSync(at('source/large'), Buffer.alloc(6 * PIECE_BYTES, 'other '), { flag: 'r+' });
    });
    assert.deepEqual([problems, wentWhole, summary.exitCode], [[], [], 0]);
    assert.deepEqual(numbers(pieces).slice(0, 5), [0, 1, 2, 3, 0]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('begins anew when it changed before the last piece, whatever its time says', async () => {
    large('large');
    const { atime, mtime } = statSync(at('source/large'));
    let changes = 0;
    const { pieces } = await runTight(at('source'), config, ({ offset }) => {
      if (offset < 5 * PIECE_BYTES || changes++ > 0) return;
      writeFileSync(at('source/large'), 'other', { flag: 'r+' });
      utimesSync(at('source/large'), atime, mtime);
    });
    assert.deepEqual(numbers(pieces), [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('copes with a file that shrinks, one that grows, and one that vanishes', async () => {
    for (const name of ['grows', 'shrinks', 'vanishes']) large(name);
    let changes = 0;
    const { summary, problems } = await runTight(at('source'), config, ({ file, offset }) => {
      if (offset !== 2 * PIECE_BYTES || changes++ >= 3) return;
      if (file.path === 'grows') appendFileSync(at('source/grows'), Buffer.alloc(3 * PIECE_BYTES, 'more'));
      if (file.path === 'shrinks') truncateSync(at('source/shrinks'), 10);
      if (file.path === 'vanishes') unlinkSync(at('source/vanishes'));
    });
    assert.deepEqual([problems, summary.exitCode], [[], 0]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('copes with files that change or vanish between their last piece and what rsync does of them', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) large(name);
    const whole = new Set<string>();
    let hasChanged = false;
    const { summary, problems } = await runTight(at('source'), config, ({ file, offset, bytes }) => {
      if (offset + bytes === file.size) whole.add(file.path);
      if (whole.size < names.length || hasChanged) return;
      hasChanged = true;
      const [grows, vanishes, shrinks] = whole;
      appendFileSync(at('source', grows), 'more');
      rmSync(at('source', vanishes), { force: true });
      truncateSync(at('source', shrinks), 10);
    });
    assert.equal(whole.size, names.length);
    assert.deepEqual([problems, summary.exitCode], [[], 0]);
    assert.deepEqual(differences(at('source'), at('target')), []);
    assert.equal(readdirSync(at('target')).length, names.length - 1);
  });

  it('leaves no part of a file behind when it is stopped', async () => {
    large('large');
    let began: string[] = [];
    const { summary } = await runTight(at('source'), config, ({ offset }, stop) => {
      if (offset !== 3 * PIECE_BYTES) return;
      began = unfinished();
      stop();
    });
    assert.equal(summary.exitCode, 143);
    assert.match(began.join(), /^copy-[\da-f]+$/);
    assert.deepEqual(unfinished(), []);
    assert.ok(!existsSync(at('target/large')));
  });

  it('never has a part of a file in its place, and cleans up after SIGKILL', async () => {
    large('large');
    const killed = spawn(process.execPath, [KILLED_RUN, at('source'), at('target')], { stdio: 'ignore' });
    assert.equal(await new Promise((resolve) => killed.once('exit', (_, signal) => resolve(signal))), 'SIGKILL');
    const left = unfinished();
    assert.equal(left.length, 1);
    assert.ok(!existsSync(at('target/large')));
    const { problems, pieces } = await runTight(at('source'), config, ({ offset }) => {
      if (offset === PIECE_BYTES) assert.equal(unfinished().length, 1, 'only the new one');
    });
    assert.deepEqual([problems, numbers(pieces)], [[], [0, 1, 2, 3, 4, 5]]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('follows no link that takes the place of a folder in the target: rsync sends the file', async () => {
    mkdirSync(at('source/sub'));
    mkdirSync(at('outside'));
    large('sub/large');
    const { problems, wentWhole } = await runTight(at('source'), config, ({ offset }) => {
      if (offset === PIECE_BYTES) symlinkSync(at('outside'), at('target/sub'));
    });
    assert.equal(wentWhole.length, 1);
    assert.deepEqual([problems, readdirSync(at('outside'))], [[], []]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('leaves a folder that is in the way to rsync', async () => {
    large('large');
    const { wentWhole } = await runTight(at('source'), { target: at('target') }, ({ offset }) => {
      if (offset === PIECE_BYTES) mkdirSync(at('target/large/inside'), { recursive: true });
    });
    assert.equal(wentWhole.length, 1);
    assert.deepEqual(readdirSync(at('target/large')), ['inside']);
    assert.deepEqual(unfinished(), []);
  });

  it('ends as any other when the disk of the target is full', async function () {
    if (!isRoot) this.skip();
    large('large');
    mkdirSync(at('target'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'duet-test', at('target')]);
    try {
      await assert.rejects(runTight(at('source'), config), (error: Error & { code: string; cause: Error }) => {
        assert.equal(error.code, 'DUET_ERR_RSYNC_TARGET');
        assert.match(error.cause.message, /No space left on device/);
        return true;
      });
      assert.deepEqual(unfinished(), []);
    } finally {
      execFileSync('umount', [at('target')]);
    }
  });

  it('gives rsync whole files where the options say how they are sent, and where others may write to the unfinished ones', async () => {
    large('large');
    for (const option of [{ inplace: true }, { sparse: true }, { checksum: true }, { hardLinks: true }, { wholeFile: false }, { partialDir: '.partial' }, { bwlimit: '100m' }]) {
      const { pieces, problems } = await runTight(at('source'), { ...config, ...option });
      assert.deepEqual([pieces, problems], [[['large', 0]], []], JSON.stringify(option));
      assert.deepEqual(differences(at('source'), at('target')), []);
      rmSync(at('target'), { recursive: true });
    }
    await runTight(at('source'), config, ({ offset }, stop) => offset > 0 && stop());
    chmodSync(at('target', readdirSync(at('target'))[0]), 0o777);
    const { pieces, wentWhole } = await runTight(at('source'), config);
    assert.deepEqual([numbers(pieces), wentWhole.length], [[0, 1, 2, 3, 4, 5], 1]);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });
});
