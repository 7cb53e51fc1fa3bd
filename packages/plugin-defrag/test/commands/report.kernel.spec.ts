import assert from 'node:assert/strict';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportCommand } from '../../src/commands/report.js';
import { makeFragmented } from '../../src/testing/index.js';
import { FS_TYPES, LoopFs, run } from '../disk/loop-fs.js';
import { FakeCommand, MemoryState } from './fake-command.js';

for (const fsType of FS_TYPES) {
  describe(`duet defrag report on ${fsType}`, function () {
    this.timeout(60_000);
    const fs = new LoopFs(fsType);

    before(() => {
      mkdirSync(join(fs.path, 'sub'));
      for (const [name, pieces] of [['few', 5], ['sub/many\n', 40], ['some', 12]] as const) makeFragmented(join(fs.path, name), { fsType, pieces, pieceBytes: 16 * 1024 });
      linkSync(join(fs.path, 'some'), join(fs.path, 'sub/same as some'));
      writeFileSync(join(fs.path, 'whole'), Buffer.alloc(100_000, 1));
      run('sync', '-f', fs.path);
    });

    const report = async (path: string, options: Record<string, string> = {}): Promise<FakeCommand> => {
      const command = new FakeCommand(new MemoryState(), path, { minBytes: '64K', ...options });
      assert.equal(await reportCommand.run(command.ctx), 0);
      return command;
    };

    it('ranks the files, the worst first, each once, and reads no content', async () => {
      fs.cold();
      run('find', fs.path, '-type', 'f');
      const before = fs.bytesRead();
      const { objects } = await report(fs.path);
      assert.ok(fs.bytesRead() - before < 300_000);
      const files = objects.slice(0, -1);
      assert.deepEqual(files.map(({ extents }) => extents), [40, 12, 5]);
      assert.equal(files[0]['path'], 'sub/many\n');
      assert.ok(files.every(({ readMs, gainMs }) => Number(gainMs) > 0 && Number(readMs) > Number(gainMs)));
      const { type, files: count, fragmentedFiles, extents } = objects.at(-1)!;
      assert.deepEqual([type, count, fragmentedFiles, extents], ['report', 4, 3, 57]);
    });

    it('keeps to its options, and takes a single file', async () => {
      assert.equal((await report(fs.path, { limit: '1' })).objects.length, 2);
      assert.equal((await report(fs.path, { minExtents: '13' })).objects.length, 2);
      assert.equal((await report(join(fs.path, 'few'), { minExtents: '1' })).objects[0]['extents'], 5);
      await assert.rejects(report(fs.path, { limit: 'many' }), { code: 'DUET_ERR_USAGE' });
    });
  });
}

describe('duet defrag report', () => {
  it('says where a file system offers nothing, or there is nothing', async () => {
    await assert.rejects(reportCommand.run(new FakeCommand(new MemoryState(), '/proc').ctx), { code: 'DUET_ERR_DEFRAG_UNSUPPORTED' });
    await assert.rejects(reportCommand.run(new FakeCommand(new MemoryState(), '/is not there').ctx), { code: 'DUET_ERR_PATH_MISSING' });
  });
});
