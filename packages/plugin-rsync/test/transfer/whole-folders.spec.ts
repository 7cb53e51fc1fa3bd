import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, Root } from '@duet/core';
import type { BytePath } from '@duet/core';
import { entriesOf, WholeFolders } from '../../src/transfer/whole-folders.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const LATER_MS = 60_000;

describe('a list of files', () => {
  const folder = useTempFolder();
  let root: Root;
  let nowMs: number;

  /** Makes a folder with files in it; gives their names. */
  const filled = (name: string, count = 10): BytePath[] => {
    mkdirSync(join(folder.path, name), { recursive: true });
    const files = Array.from({ length: count }, (_, i) => fromText(`${name}/file-${i}-ü`));
    for (const file of files) writeFileSync(Buffer.from(`${folder.path}/${file}`, 'latin1'), 'content');
    return files;
  };
  const list = (files: readonly BytePath[]) => {
    const { files: single, folders } = new WholeFolders(root, () => nowMs).list(files);
    return { entries: [...entriesOf(folders), ...single], changed: () => folders.filter((one) => one.hasChanged()).flatMap((one) => one.files) };
  };

  beforeEach(() => {
    root = Root.open(fromText(folder.path));
    nowMs = Date.now() + LATER_MS;
  });

  afterEach(() => root.close());

  it('has the folder in the place of its files, if they are all that is in it', () => {
    const files = [...filled('a'), ...filled('b/c'), ...filled('few', 2)];
    assert.deepEqual(list(files).entries, ['a/', 'b/c/', ...files.slice(-2)]);
    assert.deepEqual(list(files).changed(), []);
  });

  it('has each file if something else is in the folder: a file, a folder, a link', () => {
    const files = filled('a');
    assert.deepEqual(list(files.slice(1)).entries, files.slice(1));
    for (const make of [(path: string) => mkdirSync(path), (path: string) => symlinkSync('x', path)]) {
      const other = join(folder.path, 'a/other');
      make(other);
      assert.deepEqual(list(files).entries, files);
      rmSync(other, { recursive: true });
    }
    const top = Array.from({ length: 10 }, (_, i) => fromText(`top-${i}`));
    for (const file of top) writeFileSync(join(folder.path, file), 'content');
    assert.deepEqual(list(top).entries, top);
  });

  it('has each file where others may put something else in the place of the folder, or of one above it', () => {
    const files = filled('a/b');
    assert.deepEqual(list(files).entries, ['a/b/']);
    for (const place of ['a/b', 'a', '']) {
      chmodSync(join(folder.path, place), 0o775);
      assert.deepEqual(list(files).entries, files, `${place} is the group's to write`);
      chmodSync(join(folder.path, place), 0o755);
    }
    if (process.geteuid!() !== 0) return;
    chownSync(join(folder.path, 'a'), 1000, 1000);
    assert.deepEqual(list(files).entries, files);
  });

  it('has each file of a folder that changed just now, is gone, or is a link', () => {
    const files = filled('a');
    nowMs = Date.now();
    assert.deepEqual(list(files).entries, files);
    nowMs += LATER_MS;
    renameSync(join(folder.path, 'a'), join(folder.path, 'moved'));
    assert.deepEqual(list(files).entries, files);
    symlinkSync('moved', join(folder.path, 'a'));
    assert.deepEqual(list(files).entries, files);
  });

  it('knows which files it stands for no more, since their folder changed', () => {
    const [a, b, c] = [filled('a'), filled('b'), filled('c')];
    const made = list([...a, ...b, ...c]);
    assert.deepEqual(made.entries, ['a/', 'b/', 'c/']);
    writeFileSync(join(folder.path, 'b/new'), 'content');
    rmSync(join(folder.path, 'c'), { recursive: true });
    assert.deepEqual(made.changed(), [...b, ...c]);
  });
});
