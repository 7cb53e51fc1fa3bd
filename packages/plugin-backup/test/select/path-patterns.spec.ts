import assert from 'node:assert/strict';
import { fromText } from '@duet/core';
import { PathPatterns } from '../../src/select/path-patterns.js';

describe('PathPatterns', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['*.o', ['/a.o', '/src/deep/b.o', '/x.o/inside', '/.o'], ['/a.c', '/a.of']],
    ['/home/*', ['/home/a', '/home/a/b', '/home/.a'], ['/home', '/x/home/a', '/homework/a']],
    ['foo/bar', ['/foo/bar', '/x/foo/bar/y'], ['/foo/x/bar', '/xfoo/bar']],
    ['foo/**/bar', ['/foo/bar', '/foo/x/y/bar', '/z/foo/x/bar'], ['/foo']],
    ['/a/b/', ['/a/b', '/a/b/c'], ['/a/bc']],
    ['{a,b}', ['/{a,b}'], ['/a']],
    ['!x', ['/!x'], ['/y']],
    ['[ab]?', ['/ax', '/c/by'], ['/a', '/cx']],
    ['ä', ['/ä'], ['/a']],
  ];
  for (const [pattern, matching, others] of cases) {
    it(pattern, () => {
      const patterns = new PathPatterns(['/never', pattern]);
      for (const path of matching) assert.ok(patterns.match(fromText(path)), path);
      for (const path of others) assert.ok(!patterns.match(fromText(path)), path);
    });
  }

  it('none match nothing', () => assert.ok(!new PathPatterns([]).match(fromText('/a'))));
});
