import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromText, openDuet } from '@duet/core';
import { runExcludes } from '../src/command/run-excludes.js';
import { rsync } from '../src/index.js';
import { useTempFolder } from './fixtures/temp-folder.js';

const FILES = ['a.tmp', '.b.tmp', 'keep', 'sub/a.tmp', 'sub/keep', 'build/out', 'sub/build/out', 'x/y/z.o', 'x/z.o', 'x/deep/er/z.o', 'top/in', 'sub/top/in'];

describe('what a run leaves out', function () {
  this.timeout(30_000);
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);

  beforeEach(() => {
    for (const file of FILES) {
      mkdirSync(dirname(at('source', file)), { recursive: true });
      writeFileSync(at('source', file), file);
    }
  });

  const cases: [string[], string[]][] = [
    [['*.tmp'], ['a.tmp', '.b.tmp', 'sub/a.tmp']],
    [['build/'], ['build/out', 'sub/build/out']],
    [['/top'], ['top/in']],
    [['x/**/z.o'], ['x/y/z.o', 'x/z.o', 'x/deep/er/z.o']],
    [['**/build/out', 'k?ep'], ['build/out', 'sub/build/out', 'keep', 'sub/keep']],
    [['[ab].tmp', './sub'], ['a.tmp', 'sub/a.tmp', 'sub/keep', 'sub/build/out', 'sub/top/in']],
  ];
  for (const [globs, left] of cases) {
    it(`is not mirrored: ${globs.join(' ')}`, async () => {
      const duet = await openDuet({ stateDir: null, plugins: [rsync], source: 'none' });
      try {
        const { exitCode } = await duet.run({ tasks: [{ plugin: 'rsync', config: { target: at('target') } }], path: fromText(realpathSync(at('source'))), exclude: globs }).done;
        assert.equal(exitCode, 0);
      } finally {
        await duet.close();
      }
      const mirrored = readdirSync(at('target'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(at('target').length + 1));
      assert.deepEqual(mirrored.sort(), FILES.filter((file) => !left.includes(file)).sort());
      rmSync(at('target'), { recursive: true });
    });
  }

  it('is refused where rsync has no pattern for it', () => {
    for (const glob of ['*.{a,b}', '!keep', '+(a|b)']) assert.throws(() => runExcludes([glob]), { code: 'DUET_ERR_PLUGIN_OPTION' });
  });
});
