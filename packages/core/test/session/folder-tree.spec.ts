import assert from 'node:assert/strict';
import type { BytePath } from '../../src/model/index.js';
import { FolderTree } from '../../src/session/folder-tree.js';

describe('FolderTree', () => {
  it('takes chains of folders of any depth', () => {
    const tree = new FolderTree();
    const depth = 20_000;
    let folder = tree.at('/top' as BytePath);
    for (let i = 0; i < depth; i++) folder = tree.child(folder, 'd' as BytePath);
    assert.equal(tree.path(folder).length, '/top'.length + 2 * depth);
    assert.equal(tree.subtree(tree.find('/top' as BytePath)).size, depth + 1);
  });

  it('knows what is below a folder after moves and drops', () => {
    const tree = new FolderTree();
    const [a, b, c] = ['/a', '/a/b', '/c'].map((path) => tree.at(path as BytePath));
    tree.move(b, c, 'b' as BytePath);
    assert.deepEqual([[...tree.subtree(a)], [...tree.subtree(c)]], [[a], [c, b]]);
    assert.deepEqual([tree.isWithin(b, c), tree.isWithin(c, c), tree.isWithin(b, a)], [true, true, false]);
    tree.drop(tree.subtree(b));
    assert.deepEqual([...tree.subtree(c)], [c]);
  });
});
