import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadMode, ReadTurns } from '../../../src/kernel/read/index.js';
import { WriteBehind } from '../../../src/kernel/write/index.js';

const MIB = 1024 * 1024;

describe('WriteBehind', () => {
  let folder: string;
  const turns = ReadTurns.ofProcess();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'duet-write-behind-'));
  });
  afterEach(() => {
    turns.mode = ReadMode.FREE;
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, mode] of Object.entries(ReadMode)) {
    it(`writes every byte to its place (${name})`, () => {
      const pieces = [1, 3 * MIB, 128 * 1024, MIB + 17, 5 * MIB, 4095].map((bytes, i) => Buffer.alloc(bytes, `${i} piece `));
      const path = join(folder, name);
      const fd = openSync(path, 'w');
      try {
        turns.mode = mode;
        const file = new WriteBehind(fd, 0);
        for (const piece of pieces) file.write(piece);
      } finally {
        closeSync(fd);
      }
      assert.ok(readFileSync(path).equals(Buffer.concat(pieces)));
    });
  }
});
