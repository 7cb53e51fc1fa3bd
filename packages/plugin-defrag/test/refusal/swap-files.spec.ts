import assert from 'node:assert/strict';
import { swapFiles } from '../../src/refusal/swap-files.js';

describe('swap files', () => {
  it('are those of /proc/swaps that are files, with their names as they are', () => {
    const text = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2                               partition\t999420\t\t0\t\t-2\n/srv/my\\040swap\\134file file\t\t1020\t\t0\t\t-3\n';
    assert.deepEqual(swapFiles(text).map(String), ['/srv/my swap\\file']);
    assert.deepEqual(swapFiles(''), []);
  });
});
