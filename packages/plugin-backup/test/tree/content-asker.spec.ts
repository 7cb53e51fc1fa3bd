import assert from 'node:assert/strict';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { BytePath } from '@duet/core';
import { entryOf } from '../../src/content/content-entries.js';
import { ContentAsker } from '../../src/tree/content-asker.js';
import { contentColumns, contentsOf, fileColumns, filesOf } from '../../src/tree/content-columns.js';
import type { KnownContent, MetFile } from '../../src/tree/tree-messages.js';

describe('files and contents on their way between threads', () => {
  it('arrive as they left', () => {
    const files: MetFile[] = [1, 2].map((i) => ({ path: `a/\xff${i}` as BytePath, ino: 2 ** 40 + i, statDev: i, size: 2 ** 33 + i, mtimeNs: -1n, ctimeNs: 1_700_000_000_123_456_789n }));
    assert.deepEqual(filesOf(structuredClone(fileColumns(files))), files);
    const stat = { size: 2 ** 33, mtimeNs: -5n, ctimeNs: 7n };
    const contents: KnownContent[] = [
      { use: 'content', ...stat, entries: Buffer.concat([entryOf(Buffer.alloc(32, 1), 5), entryOf(Buffer.alloc(32, 2), 6)]) },
      { use: 'read' },
      { use: 'bare', entries: entryOf(Buffer.alloc(32, 4), 8) },
      { use: 'omit' },
      { use: 'content', ...stat, entries: entryOf(Buffer.alloc(32, 3), 7) },
    ];
    assert.deepEqual(contentsOf(structuredClone(contentColumns(contents))), contents);
    assert.deepEqual(contentsOf(contentColumns([])), []);
  });
});

describe('ContentAsker', () => {
  it('lets it be known that a walk goes on which has nothing to ask, once in a while', () => {
    const { port1, port2 } = new MessageChannel();
    let nowMs = 0;
    const asker = new ContentAsker(port2, new SharedArrayBuffer(4), () => false, () => nowMs);
    const told = [0, 999, 1000, 1999, 2000].map((ms) => {
      nowMs = ms;
      asker.alive();
      return receiveMessageOnPort(port1) !== undefined;
    });
    assert.deepEqual(told, [false, false, true, false, true]);
    asker.close();
  });
});
