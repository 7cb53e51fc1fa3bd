import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BytePath, DuetError } from '@duet/core';
import { LocalStorage } from '../../src/repository/local-storage.js';
import { Repository } from '../../src/repository/repository.js';
import { findSnapshot } from '../../src/repository/snapshot.js';
import { findNodes } from '../../src/repository/walk.js';
import { restore } from '../../src/restore/restorer.js';
import type { RestoreResult, RestoreSelection } from '../../src/restore/restorer.js';
import { differences, makeEveryKind, pictureTree } from '../../src/testing/index.js';
import { needsRestic, PASSWORD, restic } from '../restic.js';
import { useTempFolder } from '../temp-folder.js';

describe('restore', function () {
  this.timeout(60_000);
  before(function () {
    needsRestic(this);
  });
  const folder = useTempFolder();
  const at = (name: string): string => join(folder.path, name);
  let problems: { path: BytePath; error: DuetError }[];

  beforeEach(async () => {
    problems = [];
    mkdirSync(at('tree'));
    await Repository.init(LocalStorage.create(at('repo')), PASSWORD);
  });

  async function restoreHere(target: string, path = at('tree'), selection: Partial<RestoreSelection> = {}): Promise<RestoreResult> {
    const repository = await Repository.open(new LocalStorage(at('repo')), PASSWORD);
    await repository.loadIndex();
    const top = await findNodes(repository, await findSnapshot(repository.files, 'latest'), path as BytePath);
    const events = { problem: (path: BytePath, error: DuetError) => void problems.push({ path, error }), progress: () => undefined };
    return restore(repository, top, target, { include: [], exclude: [], ...selection }, events, new AbortController().signal);
  }

  it('brings back an entry of every kind that restic backed up, as it was', async () => {
    makeEveryKind(at('tree'));
    restic(at('repo'), 'backup', '-q', at('tree'));
    const before = pictureTree(at('tree'));
    const { entries, ownersKept } = await restoreHere(at('target'));
    assert.deepEqual(problems, []);
    assert.deepEqual([ownersKept, entries], [process.geteuid?.() === 0 ? 0 : entries, before.size - 1]);
    assert.deepEqual(differences(before, pictureTree(at('target'))), []);
    await restoreHere(at('target'));
    assert.deepEqual(problems, []);
    // The target itself was there, and stays somebody's.
    assert.deepEqual(differences(before, pictureTree(at('target'))).filter((one) => !one.startsWith(': mtime:')), [], 'over what is there');
  });

  it('brings back what is asked for, and the folders that it lies in', async () => {
    for (const name of ['a/b/c/keep.txt', 'a/b/other', 'x/keep.txt', 'y']) {
      mkdirSync(join(at('tree'), name, '..'), { recursive: true });
      writeFileSync(join(at('tree'), name), name);
    }
    restic(at('repo'), 'backup', '-q', at('tree'));
    const names = (target: string): string[] => readdirSync(at(target), { recursive: true, encoding: 'utf8' }).sort();
    assert.equal((await restoreHere(at('included'), at('tree'), { include: ['keep.*'], exclude: ['/x'] })).entries, 1);
    assert.deepEqual(names('included'), ['a', 'a/b', 'a/b/c', 'a/b/c/keep.txt']);
    await restoreHere(at('excluded'), at('tree'), { exclude: ['keep.txt', '/a/b/c'] });
    assert.deepEqual(names('excluded'), ['a', 'a/b', 'a/b/other', 'x', 'y']);
    await restoreHere(at('one'), join(at('tree'), 'a/b/other'));
    assert.deepEqual(names('one'), ['other']);
    await restoreHere(at('whole'), '/');
    assert.equal(readFileSync(join(at('whole'), at('tree'), 'y'), 'utf8'), 'y');
    await assert.rejects(restoreHere(at('none'), join(at('tree'), 'y/z')), { code: 'DUET_ERR_SNAPSHOT_UNKNOWN' });
  });

  it('follows no link in the target, and keeps what it cannot replace', async () => {
    mkdirSync(join(at('tree'), 'folder'));
    for (const name of ['folder/file', 'file', 'other']) writeFileSync(join(at('tree'), name), 'from the backup');
    restic(at('repo'), 'backup', '-q', at('tree'));
    mkdirSync(at('outside'));
    mkdirSync(at('target'), { mode: 0o755 });
    writeFileSync(at('outside/file'), 'mine');
    symlinkSync(at('outside'), at('target/folder'));
    symlinkSync(at('outside/file'), at('target/file'));
    mkdirSync(at('target/other'));
    await restoreHere(at('target'));
    assert.deepEqual(problems.map(({ path, error }) => [path, error.code]), [['/folder', 'DUET_ERR_RESTORE'], ['/other', 'DUET_ERR_RESTORE']]);
    assert.equal(readFileSync(at('outside/file'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(at('outside')), ['file']);
    assert.equal(readlinkSync(at('target/folder')), at('outside'));
    assert.ok(lstatSync(at('target/file')).isFile());
    assert.equal(statSync(at('target')).mode & 0o777, 0o755, 'the permissions of a target that was there stay');
    assert.deepEqual(readdirSync(at('target')).sort(), ['file', 'folder', 'other'], 'nothing temporary is left');
  });

  it('leaves out a file whose content is damaged, and brings back the others', async () => {
    writeFileSync(join(at('tree'), 'a'), 'a'.repeat(1000));
    restic(at('repo'), 'backup', '-q', at('tree'));
    const before = await new LocalStorage(at('repo')).list('pack');
    writeFileSync(join(at('tree'), 'b'), 'b'.repeat(1000));
    restic(at('repo'), 'backup', '-q', at('tree'));
    const storage = new LocalStorage(at('repo'));
    const repository = await Repository.open(storage, PASSWORD);
    await repository.loadIndex();
    const [blob] = [...repository.index.ids('data')].map((id) => repository.index.find('data', id)!).filter(({ pack }) => !before.includes(Buffer.from(pack).toString('hex')));
    await storage.remove('pack', Buffer.from(blob.pack).toString('hex'));
    await restoreHere(at('target'));
    assert.deepEqual(problems.map(({ path, error }) => [path, error.code]), [['/b', 'DUET_ERR_REPO_DAMAGED']]);
    assert.deepEqual(readdirSync(at('target')), ['a']);
  });

  it('says that the target cannot be made', async () => {
    restic(at('repo'), 'backup', '-q', at('tree'));
    writeFileSync(at('file'), '');
    await assert.rejects(restoreHere(at('file')), { code: 'DUET_ERR_RESTORE_TARGET' });
    await assert.rejects(restoreHere(at('file/below')), { code: 'DUET_ERR_RESTORE_TARGET' });
    assert.ok(!existsSync(at('target')));
  });
});
