import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText } from '@duet/core';
import type { BytePath } from '@duet/core';
import { MemoryStore } from '@duet/core/testing';
import { findSnapshot } from '../src/repository/snapshot.js';
import { findNodes } from '../src/repository/walk.js';
import { restore } from '../src/restore/restorer.js';
import { differences, makeEveryKind, pictureTree } from '../src/testing/index.js';
import type { EntryPicture } from '../src/testing/index.js';
import { BackupFixture } from './backup-fixture.js';
import { needsRestic, restic } from './restic.js';

const MIB = 2 ** 20;

/** Tree blobs of a snapshot's path, by restic. */
function treeAt(repo: string, id: string, path: string): string {
  let tree = (JSON.parse(restic(repo, 'cat', 'snapshot', id)) as { tree: string }).tree;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const { nodes } = JSON.parse(restic(repo, 'cat', 'blob', tree)) as { nodes: { name: string; subtree: string }[] };
    tree = nodes.find((node) => node.name === name)!.subtree;
  }
  return tree;
}

describe('a backup', function () {
  this.timeout(120_000);
  let fixture: BackupFixture;

  before(function () {
    needsRestic(this);
  });
  beforeEach(async () => {
    fixture = await BackupFixture.make();
  });
  afterEach(() => fixture.remove());

  it('of every kind of entry is one that restic checks, restores, and would have made byte for byte', async () => {
    makeEveryKind(fixture.source);
    writeFileSync(join(fixture.source, 'large'), randomBytes(70 * MIB));
    const { summary, problems } = await fixture.run();
    assert.deepEqual(problems, []);
    assert.equal(summary.exitCode, 0);
    restic(fixture.repo, 'check', '--read-data');
    await assertRestored(fixture);
    const [ours] = await fixture.snapshots();
    restic(fixture.repo, 'backup', '-q', '--force', fixture.source);
    const theirs = (await fixture.snapshots()).at(-1)!;
    assert.notEqual(theirs.id, ours.id);
    assert.equal(treeAt(fixture.repo, ours.id, fixture.source), treeAt(fixture.repo, theirs.id, fixture.source));
    // And what restic backed up is not read again by a task that knows nothing.
    fixture.store = new MemoryStore();
    const after = await fixture.run();
    assert.equal(after.summary.tasks[0].bytes, 0);
    const last = (await fixture.snapshots()).at(-1)!;
    assert.equal(last.parent, theirs.id);
    assert.equal(treeAt(fixture.repo, last.id, fixture.source), treeAt(fixture.repo, theirs.id, fixture.source));
  });

  it('reads only what changed since the last one', async () => {
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(fixture.source, name), name.repeat(5000));
    await fixture.run();
    await sleep(30);
    appendFileSync(join(fixture.source, 'b'), 'more');
    utimesSync(join(fixture.source, 'c'), 1, 1);
    writeFileSync(join(fixture.source, 'e'), 'new');
    unlinkSync(join(fixture.source, 'd'));
    const second = await fixture.run();
    assert.deepEqual(second.units.toSorted(), ['b', 'c', 'e']);
    await assertRestored(fixture);
    const [first, last] = await fixture.snapshots();
    assert.equal(last.parent, first.id);
  });

  it('that knows most lists of folders has the same tree as one that knows nothing', async () => {
    const at = (...names: string[]): string => join(fixture.source, ...names);
    for (const name of ['a', 'a/b', 'c', 'd', 'e', 'f', 'f/empty']) mkdirSync(at(name));
    for (const name of ['top', 'a/1', 'a/b/2', 'c/3', 'd/4', 'd/5', 'e/6', 'f/7']) writeFileSync(at(name), name.repeat(100));
    symlinkSync('top', at('link'));
    // What changes from now on has a time that tells, and what did before has settled.
    const settled = (): Promise<void> => sleep(3500);
    await settled();
    const treeOf = async (): Promise<string> => (await fixture.snapshots()).at(-1)!.tree;
    const runs = async (): Promise<string[]> => {
      const { summary } = await fixture.run();
      assert.equal(summary.exitCode, 0);
      const known = await treeOf();
      const { store } = fixture;
      fixture.store = new MemoryStore();
      await fixture.run({ force: true });
      const anew = await treeOf();
      fixture.store = store;
      return [known, anew];
    };
    const [first, firstAnew] = await runs();
    assert.equal(first, firstAnew);
    for (const change of [
      () => undefined,
      () => {
        writeFileSync(at('a/b/2'), 'changed in place');
        unlinkSync(at('c/3'));
        renameSync(at('d/4'), at('d/8'));
        chmodSync(at('e/6'), 0o600);
        renameSync(at('f/empty'), at('a/empty'));
      },
      () => rmSync(at('d'), { recursive: true }),
    ]) {
      change();
      await settled();
      const [known, anew] = await runs();
      assert.equal(known, anew);
      // Once more, now that the lists are known as they are.
      assert.equal((await fixture.run()).summary.tasks[0].bytes, 0);
      assert.equal(await treeOf(), anew);
    }
    const isTracked = [0xef53, 0x58465342, 0x9123683e].includes(statfsSync(fixture.source).type);
    assert.equal([...fixture.store.stateReader('backup').entries('l/')].length > 0, isTracked);
    restic(fixture.repo, 'check', '--read-data');
  }).timeout(60_000);

  it('of a single file is compared with the one before too', async () => {
    writeFileSync(join(fixture.source, 'file'), randomBytes(10_000));
    const run = (): Promise<{ summary: { tasks: readonly { bytes: number }[] } }> => fixture.run({}, { folder: join(fixture.source, 'file') });
    assert.equal((await run()).summary.tasks[0].bytes, 10_000);
    fixture.store = new MemoryStore();
    assert.equal((await run()).summary.tasks[0].bytes, 0);
    restic(fixture.repo, 'check', '--read-data');
    assert.match(restic(fixture.repo, 'ls', 'latest'), /source\/file\n/);
  });

  it('reads again what somebody removed from the repository', async () => {
    for (let i = 0; i < 5; i++) writeFileSync(join(fixture.source, `file-${i}`), randomBytes(50_000));
    await fixture.run();
    const [snapshot] = await fixture.snapshots();
    restic(fixture.repo, 'forget', '-q', '--prune', snapshot.id);
    const again = await fixture.run();
    assert.equal(again.summary.tasks[0].filesDone, 5);
    restic(fixture.repo, 'check', '--read-data');
  });

  it('that was interrupted goes on where its last checkpoint was', async () => {
    const large = randomBytes(100 * MIB);
    writeFileSync(join(fixture.source, 'large'), large);
    for (let i = 0; i < 20; i++) writeFileSync(join(fixture.source, `file-${i}`), randomBytes(50_000));
    const first = await fixture.run({}, { onEvent: (event, stop) => void (event.type === 'unit' && event.path === 'large' && event.offset >= 32 * MIB && stop()) });
    assert.equal(first.summary.exitCode, 143);
    assert.deepEqual(await fixture.snapshots(), []);
    assert.deepEqual(readdirSync(join(fixture.repo, 'locks')), []);
    const second = await fixture.run();
    assert.equal(second.summary.exitCode, 0);
    assert.ok(second.summary.tasks[0].bytes <= 100 * MIB - 32 * MIB + 8 * MIB + MIB, `${second.summary.tasks[0].bytes} bytes were read again`);
    restic(fixture.repo, 'check', '--read-data');
    await assertRestored(fixture);
  });

  it('leaves out what restic leaves out', async () => {
    const { source } = fixture;
    for (const folder of ['keep/cache', 'tagged/sub', 'marked', 'logs/old']) mkdirSync(join(source, folder), { recursive: true });
    for (const file of ['a.txt', 'a.log', 'keep/b.log', 'keep/cache/c', 'tagged/sub/d', 'marked/e', 'logs/old/f', 'logs/g', 'star[1]', '{a}']) writeFileSync(join(source, file), file);
    writeFileSync(join(source, 'tagged/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n');
    writeFileSync(join(source, 'keep/CACHEDIR.TAG'), 'no signature');
    writeFileSync(join(source, 'marked/.nobackup'), '');
    const list = join(fixture.folder, 'excludes');
    writeFileSync(list, '# comment\n\nlogs/**/f\n');
    const exclude = ['*.log', `${source}/keep/cache`, '{a,b}'];
    await fixture.run({ exclude: exclude.join(';').split(';'), excludeFile: list, excludeCaches: true, excludeIfPresent: '.nobackup' });
    restic(fixture.repo, 'backup', '-q', '--force', ...exclude.flatMap((pattern) => ['-e', pattern]), `--exclude-file=${list}`, '--exclude-caches', '--exclude-if-present=.nobackup', source);
    const [ours, theirs] = await fixture.snapshots();
    const names = restic(fixture.repo, 'ls', theirs.id);
    for (const name of ['a.txt', 'tagged/CACHEDIR.TAG', 'marked/.nobackup', 'logs/g', '{a}', 'star[1]']) assert.ok(names.includes(`${source}/${name}\n`), name);
    assert.equal(treeAt(fixture.repo, ours.id, source), treeAt(fixture.repo, theirs.id, source));
  });

  it('has files that appeared, and not those that vanished or were replaced during the run', async () => {
    for (const name of ['gone', 'replaced', 'stays', 'moved']) writeFileSync(join(fixture.source, name), name);
    const { summary } = await fixture.run(
      {},
      {
        onEvent: (event) => {
          if (event.type !== 'start') return;
          unlinkSync(join(fixture.source, 'gone'));
          writeFileSync(join(fixture.source, 'new'), 'new content');
          renameSync(join(fixture.source, 'new'), join(fixture.source, 'replaced'));
          renameSync(join(fixture.source, 'moved'), join(fixture.source, 'at another name'));
          writeFileSync(join(fixture.source, 'appeared'), 'appeared');
        },
      },
    );
    assert.equal(summary.exitCode, 0);
    await assertRestored(fixture);
  });

  it('says how many files changed after they were read, each once, and has them as they were', async () => {
    writeFileSync(join(fixture.source, 'a name'), 'before');
    linkSync(join(fixture.source, 'a name'), join(fixture.source, 'another name'));
    const warnings: string[] = [];
    const logger = { debug: () => undefined, info: () => undefined, warn: (message: string) => void warnings.push(message), error: () => undefined };
    const { units } = await fixture.run({}, { logger, onEvent: (event) => void (event.type === 'unit' && appendFileSync(join(fixture.source, 'a name'), ' and after')) });
    assert.equal(units.length, 1);
    assert.deepEqual(warnings.filter((one) => one.includes('changed')).map((one) => /\d+ files changed.*/.exec(one)?.[0]), ['1 files changed after they were read: the snapshot has them as they were then']);
    for (const name of ['a name', 'another name']) assert.equal(restic(fixture.repo, 'dump', 'latest', join(fixture.source, name)), 'before');
  });

  it('stores nothing compressed, or all of it as small as can be, as it is told', async () => {
    writeFileSync(join(fixture.source, 'text'), 'the same line again and again\n'.repeat(50_000));
    const sizes: Record<string, number> = {};
    for (const compression of ['off', 'auto', 'max']) {
      rmSync(fixture.repo, { recursive: true });
      fixture.remove();
      fixture = await BackupFixture.make();
      writeFileSync(join(fixture.source, 'text'), 'the same line again and again\n'.repeat(50_000));
      await fixture.run({ compression, tag: 'a,b', host: 'other' });
      restic(fixture.repo, 'check', '--read-data');
      sizes[compression] = (JSON.parse(restic(fixture.repo, 'stats', '--mode', 'raw-data', '--json')) as { total_size: number }).total_size;
      const [{ tags, hostname }] = await fixture.snapshots();
      assert.deepEqual([tags, hostname], [['a', 'b'], 'other']);
    }
    assert.ok(sizes['off'] > 1_500_000 && sizes['auto'] < 20_000 && sizes['max'] <= sizes['auto'], JSON.stringify(sizes));
  });
});

/** The latest snapshot is what the folder is, whoever restores it. */
async function assertRestored(fixture: BackupFixture): Promise<void> {
  const { folder, source, repo } = fixture;
  const before = pictureTree(source);
  const byRestic = join(folder, 'restored by restic');
  restic(repo, 'restore', 'latest', '--target', byRestic, '-q');
  // Restic 0.14 makes no holes, and no second names of symbolic links.
  const asRestic = (picture: EntryPicture): EntryPicture => ({ ...picture, hasHoles: undefined, ...(String(picture['mode']).startsWith('12') ? { links: 1, linkOf: undefined } : {}) });
  assert.deepEqual(differences(mapped(before, asRestic), mapped(pictureTree(join(byRestic, source)), asRestic)), []);
  const repository = await fixture.repository();
  const top = await findNodes(repository, await findSnapshot(repository.files, 'latest'), fromText(source));
  const byDuet = join(folder, 'restored by duet');
  await restore(repository, top, byDuet, { include: [], exclude: [] }, { problem: (_, error) => assert.fail(error), progress: () => undefined }, new AbortController().signal);
  assert.deepEqual(differences(before, pictureTree(byDuet)), []);
}

function mapped<T>(map: ReadonlyMap<BytePath, T>, change: (value: T) => T): Map<BytePath, T> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
