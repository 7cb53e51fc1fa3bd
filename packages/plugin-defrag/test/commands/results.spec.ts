import assert from 'node:assert/strict';
import { fromBytes, fromText } from '@duet/core';
import { resultsCommand } from '../../src/commands/results.js';
import { ResultBook } from '../../src/results/result-book.js';
import { FakeCommand, MemoryState } from './fake-command.js';

describe('duet defrag results', () => {
  it('shows extents before and after, and why files were left alone', async () => {
    const state = new MemoryState();
    const book = new ResultBook(state);
    book.put(1, { path: fromText('/tmp/b'), atMs: 0, bytes: 2 ** 20, before: 50, after: 1 });
    book.put(2, { path: fromText('/tmp/a'), atMs: 0, bytes: 2 ** 20, before: 9, skipped: 'shared' });
    book.put(3, { path: fromBytes(Buffer.from([47, 0xff])), atMs: 0, bytes: 2 ** 20, before: 20, after: 2 });
    state.set('file/4', Buffer.from('not what this version writes'));
    const all = new FakeCommand(state);
    assert.equal(await resultsCommand.run(all.ctx), 0);
    assert.deepEqual(all.objects.map(({ path, pathBytes, before, after, skipped }) => [path, pathBytes, before, after, skipped]), [
      ['/tmp/a', undefined, 9, undefined, 'shared'],
      ['/tmp/b', undefined, 50, 1, undefined],
      ['/\ufffd', Buffer.from([47, 0xff]).toString('base64'), 20, 2, undefined],
      [undefined, undefined, 70, 3, 1],
    ]);
    assert.match(all.lines[0], /9 extents, left alone: other files or snapshots share its extents.* \/tmp\/a$/);
    const below = new FakeCommand(state, '/tmp');
    await resultsCommand.run(below.ctx);
    assert.equal(below.objects.at(-1)!['moved'], 1);
  });
});
