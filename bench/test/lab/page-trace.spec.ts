import assert from 'node:assert/strict';
import { parseAdded } from '../../src/lab/page-trace.js';

describe('a line of the page trace', () => {
  it('says who brought in which pages when', () => {
    const line = '           node-1234    [001] .....  2067.081737: mm_filemap_add_to_page_cache: dev 7:0 ino 4f pfn=0x1a2b3c ofs=65536 order=4';
    assert.deepEqual(parseAdded(line), { thread: 1234, atMs: 2067081.737, ino: 0x4f, index: 16, pages: 16 });
  });

  it('may have any program name', () => {
    const line = ' a - b [0]-77 [000] d.h1. 1.000001: mm_filemap_add_to_page_cache: dev 0:39 ino 101 pfn=0x1 ofs=0 order=0';
    assert.equal(parseAdded(line)?.thread, 77);
  });

  it('is nothing else', () => {
    for (const line of ['', '# tracer: nop', ' node-1 [000] ..... 1.0: sched_switch: x']) assert.equal(parseAdded(line), undefined);
  });
});
