import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { isLeftover, newLabName } from '../../src/lab/lab-name.js';

describe('names of labs', () => {
  it('of a living process are not left over, and each is new', () => {
    const name = newLabName();
    assert.ok(!isLeftover(name));
    assert.notEqual(newLabName(), name);
  });

  it('of a dead process are, and of a number that another process has now', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    assert.ok(isLeftover(`duet-lab-${dead}-1-1`));
    assert.ok(isLeftover(`duet-lab-${process.pid}-1-1`));
  });

  it('that no lab gave are never left over', () => {
    for (const name of ['duet-lab', 'duet-lab-1', 'duet-lab-1-1', 'my-duet-lab-999999-1-1', 'duet-lab-x-1-1', 'memory']) assert.ok(!isLeftover(name), name);
  });
});
