import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScrubTask } from '../src/task.js';
import { FakeRun, MemoryState, unitOf } from './fake-context.js';

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const MARK = 'the byte behind this mark is flipped on the disk: ';

for (const fsType of ['ext4', 'xfs', 'btrfs']) {
  describe(`a byte flipped on the disk below ${fsType}`, function () {
    this.timeout(60_000);
    let folder = '';
    let device = '';
    let mounted = false;
    const mountPoint = (): string => join(folder, 'mnt');
    const image = (): string => join(folder, 'image');

    before(function () {
      if (process.getuid?.() !== 0 && process.env['DUET_REQUIRE_KERNEL'] !== '1') this.skip();
      folder = mkdtempSync(join(tmpdir(), 'duet-scrub-loop-'));
      mkdirSync(mountPoint());
      const fd = openSync(image(), 'w');
      ftruncateSync(fd, 400 * 1024 * 1024);
      closeSync(fd);
      run(`mkfs.${fsType}`, '-q', image());
      device = run('losetup', '--find', '--show', '--direct-io=on', image()).trim();
      run('mount', '-t', fsType, device, mountPoint());
      mounted = true;
    });

    after(() => {
      if (mounted) run('umount', mountPoint());
      if (device !== '') run('losetup', '--detach', device);
      if (folder !== '') rmSync(folder, { recursive: true, force: true });
    });

    /** Flips the byte behind the mark of `name` in the image. */
    function flip(name: string): void {
      const at = Number(run('grep', '-abo', `${MARK}${name}:`, image()).split(':')[0]) + MARK.length + name.length + 1;
      const fd = openSync(image(), 'r+');
      const byte = Buffer.alloc(1);
      readSync(fd, byte, 0, 1, at);
      writeSync(fd, Buffer.from([byte[0] ^ 1]), 0, 1, at);
      closeSync(fd);
    }

    it('is found, in files that are cached and in others', async () => {
      const names = ['cached', 'cold', 'sound'];
      for (const name of names) writeFileSync(join(mountPoint(), name), Buffer.concat([Buffer.alloc(70_000, 1), Buffer.from(`${MARK}${name}:x`), Buffer.alloc(70_000, 2)]));
      run('sync', '-f', mountPoint());
      await new Promise((resolve) => setTimeout(resolve, 40));
      const state = new MemoryState();
      const scrubOnce = async () => {
        const fake = new FakeRun(mountPoint(), state);
        const task = new ScrubTask(fake.ctx);
        task.open();
        const costs = await Promise.all(names.map((name, i) => task.process(unitOf(mountPoint(), name, i + 1, { cacheIsFromDisk: false }))));
        await task.close();
        return { costs, problems: fake.problems.sort((a, b) => (a.path < b.path ? -1 : 1)) };
      };
      // Just written and never read back: what the cache holds says nothing of the disk.
      const first = await scrubOnce();
      assert.deepEqual(first.problems, []);
      assert.deepEqual(first.costs.map(({ direct }) => direct), [true, true, true]);

      run('umount', mountPoint());
      mounted = false;
      run('mount', '-t', fsType, device, mountPoint());
      mounted = true;
      readFileSync(join(mountPoint(), 'cached'));
      flip('cached');
      flip('cold');
      const { problems, costs } = await scrubOnce();
      const code = fsType === 'btrfs' ? 'DUET_ERR_READ' : 'DUET_ERR_SCRUB_MISMATCH';
      assert.deepEqual(problems.map((problem) => [problem.path, problem.code]), [['cached', code], ['cold', code]]);
      if (fsType === 'btrfs') assert.match(problems[0].message, /EIO/);
      else assert.equal(costs[0].direct, true);
      assert.notEqual(costs[1].direct, true);
    });
  });
}
