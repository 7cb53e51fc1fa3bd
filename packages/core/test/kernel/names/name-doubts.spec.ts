import assert from 'node:assert/strict';
import { NameDoubts } from '../../../src/kernel/names/name-doubts.js';
import type { BytePath, FolderEntry, NameEvent } from '../../../src/model/index.js';
import { NameLog } from './name-log.js';

const inode = (ino: number): NameEvent['target'] => ({ ino, gen: 1, subvolume: 0 });
const entry = (name: string, folder = 2): FolderEntry => ({ folder: inode(folder), name: name as BytePath });
const rename = (ino: number, from: string, to: string): NameEvent => ({ dev: 1, isFolder: false, target: inode(ino), from: entry(from), to: entry(to) });

function doubtsOf(...events: readonly NameEvent[]): string[] {
  const doubts = new NameDoubts();
  for (const event of events) doubts.add(event);
  const log = new NameLog();
  doubts.settle(log);
  return log.events.map(({ to, target, unsure }) => `${unsure === true ? '?' : ''}${to?.name}@${target.ino}`);
}

describe('NameDoubts', () => {
  it('has none about names that one event spoke of', () => {
    assert.deepEqual(doubtsOf(rename(5, 'a', 'b'), rename(6, 'c', 'd')), []);
    assert.deepEqual(doubtsOf({ dev: 1, isFolder: false, target: inode(5), to: entry('a', 2) }, { dev: 1, isFolder: false, target: inode(5), to: entry('a', 3) }), []);
  });

  it('has doubts about names that went back and forth', () => {
    assert.deepEqual(doubtsOf(rename(5, 'a', 'b'), rename(5, 'b', 'a')), ['?b@5', '?a@5']);
  });

  it('has doubts about each that had the name', () => {
    assert.deepEqual(doubtsOf({ dev: 1, isFolder: false, target: inode(5), to: entry('a') }, rename(6, 'b', 'a')), ['?a@5', '?a@6']);
  });

  it('starts anew once nothing is waiting', () => {
    const doubts = new NameDoubts();
    const log = new NameLog();
    doubts.add(rename(5, 'a', 'b'));
    doubts.settle(log);
    doubts.add(rename(5, 'b', 'a'));
    doubts.settle(log);
    assert.deepEqual(log.events, []);
  });

  it('is full before it takes much memory', () => {
    const doubts = new NameDoubts();
    let count = 0;
    for (; !doubts.isFull; count++) doubts.add({ dev: 1, isFolder: false, target: inode(5), to: entry(`${count}`) });
    assert.ok(count <= 100_000);
    doubts.clear();
    assert.equal(doubts.isFull, false);
  });
});
