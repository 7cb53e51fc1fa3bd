import assert from 'node:assert/strict';
import { appendFileSync, closeSync, copyFileSync, fdatasyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, statSync, truncateSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fallocate, fallocate } from '@duet/core/kernel/syscalls';
import { makeFragmented } from '../src/testing/index.js';
import { FS_TYPES, LoopFs, run } from './disk/loop-fs.js';
import { defragment, fragmentsOf } from './disk/one-file.js';

const KIB = 1024;

for (const fsType of FS_TYPES) {
  describe(`moving files on ${fsType}`, function () {
    this.timeout(60_000);
    const fs = new LoopFs(fsType);
    let number = 0;
    /** A fragmented file, older than the clock's grain; gives its name and content. */
    const fragmented = async (pieces = 50, pieceBytes = 16 * KIB): Promise<{ name: string; file: string; content: Buffer }> => {
      const name = `d/file ${number++}`;
      const file = join(fs.path, name);
      const content = makeFragmented(file, { fsType, pieces, pieceBytes });
      assert.equal(fragmentsOf(file), pieces);
      await sleep(100);
      return { name, file, content };
    };

    before(() => mkdirSync(join(fs.path, 'd')));

    it('a cached file is moved without reading the disk, and nothing of it but its place changes', async () => {
      const { name, file, content } = await fragmented(50, 64 * KIB);
      utimesSync(file, 1_000_000, 1_000_000.25);
      await sleep(100);
      fs.cold();
      readFileSync(file);
      const [before, folderBefore, readBefore] = [statSync(file, { bigint: true }), statSync(join(fs.path, 'd'), { bigint: true }), fs.bytesRead()];
      const outcome = defragment(fs.path, name);
      const readBytes = fs.bytesRead() - readBefore;
      assert.ok(outcome.kind === 'moved', inspect(outcome));
      assert.equal(outcome.before, 50);
      assert.ok(fragmentsOf(file) <= 2);
      // What others made the kernel take out of the cache meanwhile is none of ours.
      assert.ok(readBytes <= outcome.cost.bytesFromDisk + 0.03 * content.length, `${readBytes} bytes read`);
      const [after, folderAfter] = [statSync(file, { bigint: true }), statSync(join(fs.path, 'd'), { bigint: true })];
      const what = ({ ino, mode, uid, gid, size, nlink, mtimeNs, ctimeNs }: typeof after) => [ino, mode, uid, gid, size, nlink, mtimeNs, ctimeNs];
      assert.deepEqual(what(after), what(before));
      assert.deepEqual(what(folderAfter), what(folderBefore), 'the folder');
      assert.ok(readFileSync(file).equals(content));
      fs.cold();
      assert.ok(readFileSync(file).equals(content), 'on the disk');
    });

    it('files of few and of many pieces, with and without attributes', async () => {
      for (const pieces of [4, 11, 14, 20, 22, 30, 200]) {
        for (const attributes of [0, 1, 5]) {
          const { name, file, content } = await fragmented(pieces, 4 * KIB);
          for (let i = 0; i < attributes; i++) run('python3', '-c', 'import os, sys; os.setxattr(sys.argv[1], "user." + sys.argv[2], b"value of some length")', file, String(i));
          await sleep(60);
          const outcome = defragment(fs.path, name);
          assert.equal(outcome.kind, 'moved', inspect({ pieces, attributes, outcome }));
          assert.ok(readFileSync(file).equals(content));
        }
      }
    });

    it('a cold file is read once', async () => {
      const { name, content, file } = await fragmented(50, 64 * KIB);
      fs.cold();
      statSync(file);
      const readBefore = fs.bytesRead();
      const outcome = defragment(fs.path, name);
      assert.equal(outcome.kind, 'moved');
      assert.ok(outcome.kind === 'moved' && outcome.cost.bytesFromDisk === content.length);
      assert.ok(fs.bytesRead() - readBefore < 1.1 * content.length);
    });

    it('holes stay holes, what is preallocated stays so, and the end need not be the end of a block', async () => {
      const { name, file, content } = await fragmented();
      const fd = openSync(file, 'r+');
      assert.equal(fallocate(fd, Fallocate.KEEP_SIZE | 2 /* punch a hole */, 100 * KIB, 200 * KIB), 0);
      content.fill(0, 100 * KIB, 300 * KIB);
      assert.equal(fallocate(fd, Fallocate.KEEP_SIZE, 160 * KIB, 48 * KIB), 0);
      const tail = Buffer.from('the end');
      writeSync(fd, tail, 0, tail.length, 1_000_000);
      fdatasyncSync(fd);
      closeSync(fd);
      const whole = Buffer.concat([content, Buffer.alloc(1_000_000 - content.length), tail]);
      await sleep(100);
      const before = statSync(file);
      const outcome = defragment(fs.path, name);
      assert.equal(outcome.kind, 'moved', inspect(outcome));
      const after = statSync(file);
      assert.equal(after.size, whole.length);
      assert.ok(after.blocks <= before.blocks, `${after.blocks} blocks, ${before.blocks} before`);
      fs.cold();
      assert.ok(readFileSync(file).equals(whole));
    });

    it('a file that is moved in several pieces', async () => {
      const { name, file, content } = await fragmented(40, 1024 * KIB);
      assert.equal(defragment(fs.path, name).kind, 'moved');
      assert.ok(fragmentsOf(file) <= 2, `${fragmentsOf(file)} pieces`);
      fs.cold();
      assert.ok(readFileSync(file).equals(content));
    });

    it('with verify it is read back from the disk', async () => {
      const { name, content } = await fragmented();
      const readBefore = fs.bytesRead();
      assert.equal(defragment(fs.path, name, { verify: true }).kind, 'moved');
      assert.ok(fs.bytesRead() - readBefore >= content.length);
    });

    it('names with bytes of all kinds, in deep folders', async () => {
      const folder = Buffer.concat([Buffer.from(join(fs.path, '-d\n')), Buffer.from([0xff, 0xfe])]);
      mkdirSync(folder);
      const { file } = await fragmented();
      const odd = Buffer.concat([folder, Buffer.from('/-rf $(id)\n'), Buffer.from([0x80])]);
      renameSync(file, odd);
      await sleep(100);
      const path = odd.subarray(fs.path.length + 1).toString('latin1');
      assert.equal(defragment(fs.path, 'd', { path: path as never, ino: statSync(odd).ino }).kind, 'moved');
      assert.deepEqual(readdirSync(folder, { encoding: 'buffer' }).length, 1);
    });

    it('a path that is a single file', async () => {
      const { file } = await fragmented();
      assert.equal(defragment(file, '').kind, 'moved');
      assert.ok(fragmentsOf(file) <= 2);
    });

    it('a file that a program writes to meanwhile has that program’s content, and is no corruption', async () => {
      const { name, file, content } = await fragmented();
      let asked = 0;
      const outcome = defragment(fs.path, name, {
        stopped: () => {
          // Within the first piece, after some of it was read.
          if (++asked === 2) {
            const fd = openSync(file, 'r+');
            writeSync(fd, 'written by another program', 100);
            closeSync(fd);
            content.write('written by another program', 100);
          }
          return false;
        },
      });
      assert.equal(outcome.kind, 'changed');
      assert.ok(readFileSync(file).equals(content));
      fs.cold();
      assert.ok(readFileSync(file).equals(content), 'on the disk');
    });

    it('one that grows or is cut off meanwhile', async () => {
      for (const change of [(file: string) => appendFileSync(file, 'more'), (file: string) => truncateSync(file, 5000)]) {
        const { name, file } = await fragmented();
        let asked = 0;
        let expected = Buffer.alloc(0);
        const outcome = defragment(fs.path, name, {
          stopped: () => {
            if (++asked !== 2) return false;
            change(file);
            expected = readFileSync(file);
            return false;
          },
        });
        assert.equal(outcome.kind, 'changed');
        fs.cold();
        assert.ok(readFileSync(file).equals(expected));
      }
    });

    it('stops when it is told to, with the file whole', async () => {
      const { name, file, content } = await fragmented(40, 1024 * KIB);
      let asked = 0;
      assert.equal(defragment(fs.path, name, { stopped: () => ++asked > 20 }).kind, 'aborted');
      fs.cold();
      assert.ok(readFileSync(file).equals(content));
    });

    if (fsType !== 'ext4') {
      it('shared extents stay shared, unless that is asked for; the other file keeps its content', async () => {
        const { name, file, content } = await fragmented();
        const copy = join(fs.path, 'copy');
        copyFileSync(file, copy, 4 /* COPYFILE_FICLONE_FORCE */);
        await sleep(100);
        const outcome = defragment(fs.path, name);
        assert.deepEqual(outcome, { kind: 'skipped', reason: 'shared', fragments: 50 });
        assert.equal(fragmentsOf(file), 50);
        assert.equal(defragment(fs.path, name, { shared: true }).kind, 'moved');
        assert.ok(fragmentsOf(file) <= 2);
        assert.equal(fragmentsOf(copy), 50);
        fs.cold();
        assert.ok(readFileSync(file).equals(content));
        assert.ok(readFileSync(copy).equals(content));
      });
    }

    it('leaves no trace behind when it is over', () => {
      // Names that a donor might have left, and space that it holds.
      assert.ok(readdirSync(join(fs.path, 'd')).every((name) => name.startsWith('file ')));
      assert.equal(run('find', fs.path, '-name', '*.defrag', '-o', '-name', '.fsr*'), '');
    });
  });
}
