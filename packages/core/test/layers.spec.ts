import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const LAYERS = ['model', 'kernel', 'items', 'session', 'store', 'planner', 'plugin', 'worker', 'testing'];

describe('the rule of layers', () => {
  let folder: string;
  let refused: string;

  before(function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), 'duet-layers-'));
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const layer of LAYERS) {
      const home = join(folder, 'packages/core/src', layer);
      mkdirSync(home, { recursive: true });
      for (const other of LAYERS) writeFileSync(join(home, `imports-${other}.ts`), `export * from '../${other}/index.js';\n`);
    }
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=unix', 'packages'], { cwd: folder, encoding: 'utf8' });
    refused = stdout.split('\n').filter((line) => line.includes('no-restricted-imports')).join('\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [i, layer] of LAYERS.entries()) {
    it(`lets ${layer}/ import what stands before it, and nothing behind`, () => {
      for (const before of LAYERS.slice(0, i)) assert.ok(!refused.includes(`${layer}/imports-${before}.ts`), before);
      for (const behind of LAYERS.slice(i + 1)) assert.ok(refused.includes(`${layer}/imports-${behind}.ts`), behind);
    });
  }
});
