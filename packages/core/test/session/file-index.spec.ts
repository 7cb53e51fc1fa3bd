import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BytePath, FileRef, ScannedFs } from '../../src/model/index.js';
import { FileIndex } from '../../src/session/file-index.js';

const path = (text: string): BytePath => text as BytePath;

const DISK: ScannedFs = {
  fs: 'disk',
  dev: 1,
  subvolume: 0,
  sharesNumbers: false,
  statDev: 1,
  fsType: 'ext4',
  mountPoint: path('/'),
  mountedAfterMs: 0,
  residencyKnown: true,
  directRead: 'odirect',
};

const SLOTS = 3;
const UNASKED = SLOTS;
const ROOTS = [path('/a'), path('/a/b')];

const step = fc.record({
  do: fc.constantFrom('identify', 'forget', 'stat', 'no', 'add', 'add', 'drop', 'move', 'child', 'mount'),
  slot: fc.nat({ max: SLOTS - 1 }),
  folder: fc.nat({ max: 2 }),
  name: fc.constantFrom('x', 'y', 'z'),
  value: fc.nat({ max: 3 }),
});

describe('FileIndex', () => {
  it('gives a file out as it is now, whatever it gave out before (property)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: SLOTS - 1 }), fc.constantFrom(...ROOTS), (steps, asked, root) => {
        const index = new FileIndex();
        const fs = index.fsNumber(DISK);
        const folders = ['/a', '/a/b', '/a/b/c'].map((folder) => index.folders.at(path(folder)));
        for (let slot = 0; slot <= SLOTS; slot++) index.identify(slot, fs, 0);
        const ask = (slot: number): FileRef => index.ref(slot, 100 + slot, root);
        ask(asked);
        for (const [scan, { do: what, slot, folder, name, value }] of steps.entries()) {
          if (what === 'identify') index.forget(slot);
          if (what === 'identify') index.identify(slot, fs, value);
          else if (what === 'stat') index.setStat(slot, value, BigInt(value), 5n);
          else if (what === 'no') index.setNo(slot, value);
          else if (what === 'add') index.addName(slot, folders[folder], path(name), scan);
          else if (what === 'drop') index.dropName(slot, folders[folder], path(name));
          else if (what === 'move') index.folders.move(folders[1], folders[0], path(`b${value}`));
          else if (what === 'child') index.folders.child(folders[folder], path(name));
          else if (what === 'mount') index.fsNumber({ ...DISK, mountPoint: path(`/${value}`) });
          else if (what === 'forget') index.dropNames(slot);
          const given = ask(asked);
          assert.equal(ask(asked), given, 'nothing changed in between');
          ask(UNASKED);
          assert.deepEqual(ask(asked), given);
        }
      }),
    );
  });
});
