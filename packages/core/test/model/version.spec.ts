import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { CORE_VERSION } from '../../src/model/index.js';

const PACKAGES = new URL('../../../../', import.meta.url);

describe('the version', () => {
  for (const name of readdirSync(PACKAGES)) {
    it(`is that of ${name}`, () => {
      const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, PACKAGES), 'utf8')) as { version: string };
      assert.equal(manifest.version, CORE_VERSION);
    });
  }
});
