import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { openBeneath, openByComponents, Root } from '../../../src/kernel/read/index.js';
import { errnoName } from '../../../src/kernel/syscalls/index.js';

describe('opening beneath a root', () => {
  let folder: string;
  let root: Root;

  beforeEach(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-open-'));
    mkdirSync(join(folder, 'top', 'sub'), { recursive: true });
    writeFileSync(join(folder, 'outside'), 'outside');
    writeFileSync(join(folder, 'top', 'sub', 'file'), 'content');
    symlinkSync('../outside', join(folder, 'top', 'link'));
    symlinkSync('sub', join(folder, 'top', 'sub-link'));
    root = Root.open(fromText(join(folder, 'top')));
  });
  afterEach(() => {
    root.close();
    // Node's rm cannot take paths that are too long.
    execFileSync('rm', ['-rf', folder]);
  });

  /** The content of what was opened, or the errno. */
  function read(fd: number): string {
    if (fd < 0) return errnoName(fd);
    const content = readFileSync(fd, 'utf8');
    closeSync(fd);
    return content;
  }

  const ways: [string, (path: BytePath) => number][] = [
    ['openat2', (path) => openBeneath(root.fd, path)],
    ['openat, name by name', (path) => openByComponents(root.fd, path, constants.O_RDONLY | constants.O_NOFOLLOW)],
  ];
  for (const [name, open] of ways) {
    it(`with ${name}: opens files, and nothing through links or outside`, () => {
      assert.equal(read(open(fromText('sub/file'))), 'content');
      assert.equal(read(open(fromText('sub/none'))), 'ENOENT');
      assert.equal(read(open(fromText('sub/file/x'))), 'ENOTDIR');
      assert.equal(read(open(fromText('link'))), 'ELOOP');
      assert.match(read(open(fromText('sub-link/file'))), /^(ELOOP|ENOTDIR)$/);
      assert.match(read(open(fromText('../outside'))), /^(EXDEV|ENOENT)$/);
      assert.match(read(open(fromText('/etc/passwd'))), /^(EXDEV|ENOENT)$/);
    });
  }

  it('opens paths that are longer than one call takes', () => {
    const name = 'n'.repeat(200);
    const chain = join(folder, 'chain');
    mkdirSync(chain);
    writeFileSync(join(chain, 'file'), 'deep');
    for (let depth = 0; depth < 30; depth++) {
      mkdirSync(join(folder, 'above'));
      renameSync(chain, join(folder, 'above', name));
      renameSync(join(folder, 'above'), chain);
    }
    renameSync(chain, join(folder, 'top', 'chain'));
    assert.equal(read(root.openFile(fromText(`chain/${`${name}/`.repeat(30)}file`))), 'deep');
  });

  it('finds a single file that was replaced', () => {
    const single = Root.open(fromText(join(folder, 'top', 'sub-link', 'file')));
    assert.deepEqual([single.isFolder, single.path], [false, join(folder, 'top', 'sub', 'file')]);
    writeFileSync(join(folder, 'top', 'sub', 'new'), 'new content');
    renameSync(join(folder, 'top', 'sub', 'new'), join(folder, 'top', 'sub', 'file'));
    assert.equal(read(single.openFile('' as BytePath)), 'new content');
    single.close();
  });

  it('keeps its folder when that is moved', () => {
    renameSync(join(folder, 'top'), join(folder, 'moved'));
    assert.equal(read(root.openFile(fromText('sub/file'))), 'content');
  });
});
