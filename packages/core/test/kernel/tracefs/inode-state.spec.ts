import assert from 'node:assert/strict';
import { InodeState } from '../../../src/kernel/tracefs/inode-state.js';

describe('InodeState', () => {
  it('reads the state of a new kernel', () => {
    const state = new InodeState();
    assert.equal(state.isClean(0x20002), true);
    assert.equal(state.isClean(0x20042), false);
  });

  it('reads the state of an old kernel', () => {
    const state = new InodeState();
    assert.equal(state.isClean(0x80), true);
    assert.equal(state.isClean(0x84), false);
    assert.equal(state.isClean(0x82), true);
  });

  it('takes nothing for clean while it cannot tell which kernel it is', () => {
    assert.equal(new InodeState().isClean(0x82), false);
    assert.equal(new InodeState().isClean(0), false);
  });
});
