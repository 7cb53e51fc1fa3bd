import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BytePath } from '@duet/core';
import { parseItem } from '../../src/output/item-line.js';
import type { ChangeItem } from '../../src/output/item-line.js';
import { onlyFolderTimes } from '../../src/passes/folder-times.js';
import type { Sides } from '../../src/passes/folder-times.js';

describe('a pass that had only times of folders to set', () => {
  let sides: Sides;
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'duet-folder-times-'));
    sides = { source: join(base, 'source'), target: join(base, 'target'), unfinished: '.unfinished' };
    for (const side of [sides.source, sides.target]) {
      mkdirSync(join(side, 'sub'), { recursive: true });
      for (const folder of [side, join(side, 'sub')]) utimesSync(folder, 1000, 1000);
    }
  });

  afterEach(() => rmSync(base, { recursive: true }));

  const items = (...lines: string[]): ChangeItem[] =>
    lines.map((line) => {
      const item = parseItem(line);
      assert.ok(item !== undefined, line);
      return item;
    });

  it('is proof, and so is one that had nothing to do', () => {
    assert.equal(onlyFolderTimes([], sides), true);
    assert.equal(onlyFolderTimes(items('.d..t...... 4096 ./', '.d..t...... 4096 sub/', '*deleting   0 .unfinished/', '*deleting   0 .unfinished/a.Xy1'), sides), true);
  });

  it('is none if a time is not what it was to be, or cannot be told', () => {
    utimesSync(join(sides.target, 'sub'), 1001, 1001);
    assert.equal(onlyFolderTimes(items('.d..t...... 4096 sub/'), sides), false);
    assert.equal(onlyFolderTimes([{ ...items('.d..t...... 4096 sub/')[0], name: 'gone' as BytePath }], sides), false);
  });

  it('is none if it did anything else', () => {
    for (const line of ['>f+++++++++ 5 a', '.f..t...... 5 a', '.d...p..... 4096 sub/', 'cL+++++++++ 3 link', '*deleting   0 other', '*deleting   0 .unfinished2']) assert.equal(onlyFolderTimes(items(line), sides), false, line);
  });
});
