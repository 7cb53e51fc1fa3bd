import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BytePath } from '@duet/core';
import { rsyncOptions } from '../../src/options.js';
import { newTarget } from '../../src/passes/new-target.js';
import type { Survey } from '../../src/passes/survey.js';

describe('a target that is new', () => {
  let base: string;
  let source: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'duet-new-target-'));
    source = join(base, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'a'), 'content');
  });

  afterEach(() => rmSync(base, { recursive: true }));

  const found = (target: string, options: Readonly<Record<string, string>> = {}): Survey | undefined =>
    newTarget({ source, unfinished: '.unfinished' }, rsyncOptions.parse({ target, ...options }));

  it('needs everything, whether it is missing or empty, but no unfinished files of another run', () => {
    mkdirSync(join(base, 'empty'));
    for (const name of ['missing', 'empty']) {
      const survey = found(join(base, name));
      assert.equal(survey?.needs('a' as BytePath), true, name);
      assert.equal(survey?.needs('.unfinished/a' as BytePath), false, name);
      assert.ok((survey?.bytes ?? 0) >= 7, name);
    }
  });

  it('is none if something is in it, if rsync cannot make it, or on a host', () => {
    for (const target of [source, join(base, 'no/parent'), join(source, 'a'), 'host:mirror']) assert.equal(found(target), undefined, target);
  });

  it('is left to rsync if options say what is not mirrored', () => {
    for (const [option, value] of [['exclude', '*.o'], ['include', 'a'], ['filter', '- b'], ['excludeFrom', '/dev/null'], ['oneFileSystem', 'true'], ['hardLinks', 'true']]) {
      assert.equal(found(join(base, 'missing'), { [option]: value }), undefined, option);
    }
  });
});
