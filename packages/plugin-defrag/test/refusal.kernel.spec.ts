import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statfsSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fallocate } from '@duet/core/kernel/syscalls';
import type { Move } from '../src/move/move.js';
import { MoveError } from '../src/move/move-error.js';
import { makeFragmented } from '../src/testing/index.js';
import { FS_TYPES, LoopFs, run } from './disk/loop-fs.js';
import { defragment, fragmentsOf } from './disk/one-file.js';

const PIECES = 20;
const PIECE_BYTES = 16 * 1024;

for (const fsType of FS_TYPES) {
  describe(`files that are left alone on ${fsType}`, function () {
    this.timeout(60_000);
    const fs = new LoopFs(fsType);
    const at = (name: string): string => join(fs.path, name);
    let content: Buffer;
    const reasonFor = (name: string): string => {
      const outcome = defragment(fs.path, name);
      return outcome.kind === 'skipped' ? outcome.reason : outcome.kind === 'failed' ? outcome.message : outcome.kind;
    };

    beforeEach(async () => {
      rmSync(at('file'), { force: true });
      content = makeFragmented(at('file'), { fsType, pieces: PIECES, pieceBytes: PIECE_BYTES });
      await sleep(100);
    });
    afterEach(() => assert.ok(run('sha256sum', at('file')).length > 0));

    it('those in few pieces', () => {
      assert.deepEqual(defragment(fs.path, 'file', { minExtents: PIECES + 1 }), { kind: 'skipped', reason: 'few-fragments', fragments: PIECES });
    });

    it('those that a program has open for writing', () => {
      const fd = openSync(at('file'), 'r+');
      assert.equal(reasonFor('file'), 'open-for-writing');
      closeSync(fd);
      const reader = openSync(at('file'), 'r');
      assert.equal(reasonFor('file'), 'moved', 'to read it is no hindrance');
      closeSync(reader);
    });

    it('those that a program has mapped for writing, and closed', async () => {
      const script = 'import mmap, sys\nwith open(sys.argv[1], "r+b") as f: m = mmap.mmap(f.fileno(), 4096)\nprint("mapped", flush=True)\nsys.stdin.read()';
      const child = spawn('python3', ['-c', script, at('file')], { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        await once(child.stdout, 'data');
        assert.equal(reasonFor('file'), 'open-for-writing');
      } finally {
        child.stdin.end();
        await once(child, 'exit');
      }
      assert.equal(reasonFor('file'), 'moved');
    });

    it('immutable and append-only ones', () => {
      for (const flag of ['i', 'a']) {
        run('chattr', `+${flag}`, at('file'));
        try {
          assert.equal(reasonFor('file'), 'immutable');
        } finally {
          run('chattr', `-${flag}`, at('file'));
        }
      }
    });

    it('what is not on the disk yet, or was written a moment ago', () => {
      const fd = openSync(at('file'), 'r+');
      writeSync(fd, 'x', 0);
      fdatasyncSync(fd);
      closeSync(fd);
      assert.equal(reasonFor('file'), 'just-written');
    });

    it('all where the file system would come to be full', () => {
      const { bsize, blocks } = statfsSync(fs.path);
      const size = bsize * blocks;
      const room = (): number => (statfsSync(fs.path).bavail * bsize) / size;
      const fd = openSync(at('ballast'), 'w');
      try {
        // btrfs takes some of what it calls available for itself.
        for (let step = size / 4; step > 2 ** 16 && room() > 0.03; ) {
          if (fallocate(fd, 0, fstatSync(fd).size, Math.floor(Math.min(step, (room() - 0.02) * size))) < 0) step /= 2;
        }
        assert.equal(reasonFor('file'), 'no-space');
      } finally {
        closeSync(fd);
        rmSync(at('ballast'));
        run('sync', '-f', fs.path);
      }
    });

    it('a path that leads elsewhere by now', () => {
      mkdirSync(at('folder'), { recursive: true });
      makeFragmented(at('folder/inner'), { fsType, pieces: PIECES, pieceBytes: PIECE_BYTES });
      mkdirSync(at('elsewhere'), { recursive: true });
      renameSync(at('folder/inner'), at('elsewhere/inner'));
      rmSync(at('folder'), { recursive: true });
      symlinkSync('elsewhere', at('folder'));
      const outcome = defragment(fs.path, 'elsewhere/inner', { path: 'folder/inner' as never });
      assert.ok(outcome.kind === 'failed' && outcome.code === 'DUET_ERR_VANISHED');
      assert.equal(fragmentsOf(at('elsewhere/inner')), PIECES);
      const other = defragment(fs.path, 'file', { path: 'elsewhere/inner' as never });
      assert.ok(other.kind === 'failed' && other.code === 'DUET_ERR_VANISHED', 'another file of that name');
    });

    it('content that reads differently afterwards is reported', () => {
      const copy = openSync(at('copy'), 'w+');
      const wrong = Buffer.from(content);
      wrong[PIECE_BYTES] ^= 1;
      writeSync(copy, wrong);
      try {
        const outcome = defragment(fs.path, 'file', { movers: () => () => ({ ...failing(new Error('is not reached')), fd: copy, take: () => undefined, piece: () => undefined }) });
        assert.ok(outcome.kind === 'failed' && outcome.code === 'DUET_ERR_DEFRAG_MISMATCH' && outcome.offset === 0);
      } finally {
        closeSync(copy);
      }
    });

    it('a place that is no better, and what the kernel refuses', () => {
      const reason = (error: Error): string => {
        const outcome = defragment(fs.path, 'file', { movers: () => () => failing(error) });
        return outcome.kind === 'skipped' ? outcome.reason : outcome.kind === 'failed' ? outcome.code : outcome.kind;
      };
      assert.deepEqual(defragment(fs.path, 'file', { movers: () => () => undefined }), { kind: 'skipped', reason: 'no-better-place', fragments: PIECES });
      assert.equal(reason(new MoveError('fallocate', -28 /* ENOSPC */)), 'no-space');
      assert.equal(reason(new MoveError('open', -26 /* ETXTBSY */)), 'running');
      assert.equal(reason(Object.assign(new Error('EROFS'), { errno: -30, syscall: 'open' })), 'not-permitted');
      assert.equal(reason(new MoveError('ioctl', -22 /* EINVAL */)), 'DUET_ERR_DEFRAG');
      assert.equal(reason(new MoveError('fdatasync', -5 /* EIO */)), 'DUET_ERR_READ');
      assert.throws(() => reason(new TypeError('a fault of the program')), TypeError);
    });
  });
}

/** A move whose every step fails. */
function failing(error: Error): Move {
  const fail = (): never => {
    throw error;
  };
  return { fd: -1, pieceBytes: 2 ** 20, take: fail, piece: fail, checked: fail, commit: fail, close: () => undefined };
}

describe('swap files', function () {
  this.timeout(60_000);
  const fs = new LoopFs('ext4');
  const file = (): string => join(fs.path, 'swap here');
  let isOn = false;

  after(() => {
    if (isOn) run('swapoff', file());
  });

  it('are left alone', async () => {
    makeFragmented(file(), { fsType: 'ext4', pieces: PIECES, pieceBytes: PIECE_BYTES });
    run('chmod', '600', file());
    run('mkswap', file());
    run('sync', '-f', file());
    run('swapon', file());
    isOn = true;
    await sleep(100);
    const outcome = defragment(fs.path, 'swap here');
    assert.deepEqual([outcome.kind, outcome.kind === 'skipped' && outcome.reason], ['skipped', 'swap']);
    run('swapoff', file());
    isOn = false;
  });
});
