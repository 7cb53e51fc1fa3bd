import assert from 'node:assert/strict';
import { BUNDLED_PLUGINS } from '../../src/plugins/bundled.js';

describe('bundled plugins', () => {
  for (const { name, summary, load } of BUNDLED_PLUGINS) {
    it(`${name} is what is said of it`, async () => {
      const plugin = await load();
      assert.deepEqual([plugin.name, plugin.summary], [name, summary]);
    });
  }
});
