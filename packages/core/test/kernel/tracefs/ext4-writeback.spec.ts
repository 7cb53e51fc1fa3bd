import assert from 'node:assert/strict';
import { Ext4Writeback } from '../../../src/kernel/tracefs/ext4-writeback.js';
import { PageModel } from './page-model.js';

const DEV = 7 << 20;
const INO = 12;
const ALL = 2 ** 63;

function told(body: (writeback: Ext4Writeback, sink: PageModel) => void): string[] {
  const sink = new PageModel();
  body(new Ext4Writeback(), sink);
  return sink.calls.map((one) => `${one.call} ${one.index}+${one.pages}`);
}

describe('Ext4Writeback', () => {
  it('takes a range as flushed when a waiting call succeeds', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 40_960, 61_439, true, 1);
      it.end(1, DEV, INO, 0, 2, 2, sink);
    }), ['unsure 0+0', 'flushed 10+5']);
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, true, 1);
      it.end(1, DEV, INO, 0, 2, 2, sink);
    }), ['flushed 0+Infinity']);
  });

  it('is not sure about a call that failed', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, true, 1);
      it.end(1, DEV, INO, -5, 2, 2, sink);
    }), ['unsure 0+0']);
  });

  it('takes only the allocated extents as flushed when a call does not wait', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, false, 1);
      it.extent(1, DEV, INO, 999_424, 1_005_568);
      it.end(1, DEV, INO, 0, 2, 2, sink);
    }), ['flushed 244+2']);
  });

  it('tells DIRTY again of what was written meanwhile', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, true, 1);
      it.dirtied(DEV, INO, 3);
      it.dirtied(DEV, INO + 1, 4);
      it.end(1, DEV, INO, 0, 2, 2, sink);
    }), ['unsure 0+0', 'flushed 0+Infinity', 'dirtied 3+1']);
  });

  it('takes the whole inode as flushed when the flusher left nothing dirty', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, false, 1);
      it.dirtied(DEV, INO, 3);
      it.end(1, DEV, INO, 0, 2, 2, sink);
      it.dirtied(DEV, INO, 5);
      it.inodeWritten(1, INO, true, 3, sink);
    }), ['unsure 0+0', 'flushed 0+Infinity', 'dirtied 5+1', 'unsure 0+0']);
  });

  it('does not take the flusher’s word on another inode, from another thread, or before the end', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, false, 1);
      it.inodeWritten(1, INO, true, 2, sink);
      it.end(1, DEV, INO, 0, 2, 2, sink);
      it.inodeWritten(1, INO + 1, true, 3, sink);
      it.inodeWritten(2, INO, true, 3, sink);
      it.inodeWritten(1, INO, false, 3, sink);
    }), ['unsure 0+0']);
  });

  it('is not sure where more was written than it allocated: blocks that were mapped before', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, false, 1);
      it.extent(1, DEV, INO, 8192, 12_288);
      it.end(1, DEV, INO, 0, 3, 2, sink);
    }), ['unsure 0+0', 'flushed 2+1']);
  });

  it('is not sure about a call whose notes ran over, or whose beginning was lost', () => {
    assert.deepEqual(told((it, sink) => {
      it.begin(1, DEV, INO, 0, ALL, true, 1);
      for (let page = 0; page < 10_000; page += 1) it.dirtied(DEV, INO, page);
      it.end(1, DEV, INO, 0, 2, 2, sink);
      it.begin(1, DEV, INO, 0, ALL, true, 1);
      it.reset();
      it.end(1, DEV, INO, 0, 2, 2, sink);
    }), ['unsure 0+0', 'unsure 0+0']);
  });
});
