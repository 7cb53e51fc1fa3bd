import assert from 'node:assert/strict';
import { kernelCapabilities } from '../../src/kernel/capabilities.js';

describe('kernelCapabilities', () => {
  it('says of each thing what it found, and what to do where it is missing', () => {
    const capabilities = kernelCapabilities();
    const names = capabilities.map(({ name }) => name);
    assert.deepEqual(new Set(names).size, names.length);
    for (const { ok, detail, hint } of capabilities) {
      assert.notEqual(detail, '');
      assert.equal(hint === '', ok);
    }
    assert.deepEqual(capabilities.find(({ name }) => name === 'page size')?.ok, true);
    assert.ok(names.includes('follow names'));
  });
});
