import assert from 'node:assert/strict';
import { ScriptedDisk } from './scripted-disk.js';

describe('Faults of the original, in sessions', () => {
  it('fault 2: sessions for exists and modified get items', () => {
    const disk = new ScriptedDisk();
    const file = disk.create('/data/a');
    const exists = disk.register('/data', { events: ['exists'] });
    const modified = disk.register('/data', { events: ['modified'] });
    disk.pass(1);
    disk.write(file, 0);
    assert.equal(exists.fetch(10).length, 1);
    assert.equal(modified.fetch(10).length, 1);
  });

  it('fault 3: a path is not a prefix of names', () => {
    const disk = new ScriptedDisk();
    const inside = disk.create('/home/a');
    const beside = disk.create('/homework/a');
    const session = disk.register('/home');
    disk.pass(1);
    disk.read(inside, 0);
    disk.read(beside, 0);
    assert.deepEqual(session.fetch(10).map(({ file }) => file.id.ino), [inside.ino]);
  });

  it('fault 4: a file whose name was not known at its first event becomes relevant later', () => {
    const disk = new ScriptedDisk();
    const session = disk.register('/data');
    disk.pass(2000);
    const file = disk.create('/data/a');
    const [name] = file.names;
    file.names.clear();
    disk.read(file, 0);
    assert.deepEqual(session.fetch(10), []);
    file.names.add(name);
    disk.pass(2000);
    disk.read(file, 1);
    disk.hub.pump();
    assert.deepEqual(session.fetch(10).map(({ index, pages }) => [index, pages]), [[0, 2]]);
  });

  it('fault 6: files of every file system below the path are watched', () => {
    const disk = new ScriptedDisk();
    const second = disk.addFs(0, 41);
    disk.fs[second] = { ...disk.fs[second], dev: 41, fs: 'other' };
    const followed: number[] = [];
    disk.source.follow = ({ dev }) => void followed.push(dev);
    const here = disk.create('/data/a');
    const there = disk.create('/data/mnt/a', { ino: here.ino, fs: second });
    disk.read(here, 0);
    disk.read(there, 1);
    disk.silence();
    const session = disk.register('/data');
    disk.pass(1);
    assert.deepEqual(followed, [disk.fs[0].dev, 41]);
    disk.hub.pump();
    assert.deepEqual(session.fetch(10).map(({ file, index }) => `${file.path} ${index}`).sort(), ['a 0', 'mnt/a 1']);
  });
});
