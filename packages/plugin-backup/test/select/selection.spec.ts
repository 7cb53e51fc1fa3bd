import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { CACHEDIR_TAG, folderTag } from '../../src/select/folder-tags.js';
import { Selection } from '../../src/select/selection.js';
import type { SelectionOptions } from '../../src/select/selection.js';
import { useTempFolder } from '../temp-folder.js';

describe('the selection', () => {
  const folder = useTempFolder();
  let root: Root;

  afterEach(() => root.close());

  function selection(options: Partial<SelectionOptions>): (path: string, dev?: number) => boolean {
    root = Root.open(fromText(folder.path));
    const made = new Selection(root, { exclude: [], runExclude: [], tags: [], oneFileSystem: false, pseudoDevs: [], ...options });
    return (path, dev = 0) => made.takesFile(fromText(path), dev);
  }

  it('leaves out what patterns match, and what lies below', () => {
    const takes = selection({ exclude: ['*.log', `${folder.path}/top`, 'a/**/z'] });
    assert.deepEqual(['x.log', 'd/x.log', 'd.log/x', 'top', 'top/x', 'a/z', 'a/b/c/z'].filter(takes), []);
    const kept = ['x.logs', 'd/top', 'z', 'b/z', '{a}'];
    assert.deepEqual(kept.filter(takes), kept);
  });

  it('leaves out what the run leaves out', () => {
    const takes = selection({ runExclude: ['cache/', '/top/x'] });
    assert.deepEqual(['cache', 'd/cache/y', 'top/x', 'top/x/y', 'd/top/x', 'cached'].filter(takes), ['d/top/x', 'cached']);
  });

  it('leaves out what lies beside a tag, but for the tag', () => {
    for (const name of ['cache/sub', 'marked/sub', 'plain']) mkdirSync(join(folder.path, name), { recursive: true });
    writeFileSync(join(folder.path, 'cache/CACHEDIR.TAG'), `${CACHEDIR_TAG.beginning}\nmore`);
    writeFileSync(join(folder.path, 'plain/CACHEDIR.TAG'), 'Signature: another');
    writeFileSync(join(folder.path, 'marked/.stop'), 'whatever');
    const takes = selection({ tags: [CACHEDIR_TAG, folderTag('.stop'), folderTag('never:x')] });
    assert.deepEqual(['cache/a', 'cache/sub/b', 'cache/CACHEDIR.TAG', 'marked/c', 'marked/sub/.stop', 'marked/.stop', 'plain/d', 'e'].filter(takes), ['cache/CACHEDIR.TAG', 'marked/.stop', 'plain/d', 'e']);
  });

  it('leaves out what is on file systems without data', () => {
    const takes = selection({ pseudoDevs: [5] });
    assert.deepEqual([takes('a', 5), takes('a', 6)], [false, true]);
  });
});
