import assert from 'node:assert/strict';
import fc from 'fast-check';
import { needsData, parseItem } from '../../src/output/item-line.js';

describe('lines of itemised changes', () => {
  it('tell what happens to which entry', () => {
    assert.deepEqual(parseItem('>f+++++++++ 4096 a b/c'), { update: '>', kind: 'f', bytes: 4096, name: 'a b/c', flags: '>f+++++++++' });
    assert.deepEqual(parseItem('.d..t...... 4096 ./'), { update: '.', kind: 'd', bytes: 4096, name: '', flags: '.d..t......' });
    assert.deepEqual(parseItem('cd+++++++++ 4096 sub/'), { update: 'c', kind: 'd', bytes: 4096, name: 'sub', flags: 'cd+++++++++' });
    assert.deepEqual(parseItem('*deleting   0 old/'), { update: '*', kind: 'deleting', bytes: 0, name: 'old', flags: '*deleting' });
    assert.equal(parseItem('<f.st...... 12 new\\#012line')?.name, 'new\nline');
  });

  it('are told from others', () => {
    for (const line of ['', 'created directory /x', 'cannot delete non-empty directory: x', 'sending incremental file list', '>f+++++++++ x']) assert.equal(parseItem(line), undefined, line);
    fc.assert(fc.property(fc.string(), (text) => parseItem(`rsync: ${text}`) === undefined));
  });

  it('say which files need data', () => {
    const needs = (line: string): boolean => needsData(parseItem(line)!);
    assert.deepEqual(['>f+++++++++ 1 a', '<f..t...... 1 a', 'hf+++++++++ 1 a', '.f...p..... 1 a', 'cL+++++++++ 1 a', 'cd+++++++++ 1 a', '*deleting   1 a'].map(needs), [true, true, false, false, false, false, false]);
  });
});
