import assert from 'node:assert/strict';
import { fromText } from '../../src/model/index.js';
import { excludes } from '../../src/options/index.js';

describe('excludes', () => {
  const left = (globs: string[], path: string): boolean => excludes(globs)(fromText(path));

  it('matches names at any depth when the glob has no slash', () => {
    assert.equal(left(['*.log'], 'a/b/c.log'), true);
    assert.equal(left(['*.log'], 'c.log'), true);
    assert.equal(left(['*.log'], 'a.log.txt'), false);
    assert.equal(left(['größe'], 'a/größe/x'), true);
  });

  it('matches paths from the top when it has one', () => {
    assert.equal(left(['a/*.log'], 'a/c.log'), true);
    assert.equal(left(['a/*.log'], 'b/a/c.log'), false);
    assert.equal(left(['**/tmp/x'], 'q/r/tmp/x'), true);
  });

  it('leaves out a folder with all below it', () => {
    assert.equal(left(['node_modules'], 'a/node_modules/b/c'), true);
    assert.equal(left(['a/cache'], 'a/cache/deep/file'), true);
    assert.equal(left(['.git'], '.git/config'), true);
  });
});
