import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { DuetError, fromText } from '../../../src/model/index.js';
import type { BytePath } from '../../../src/model/index.js';
import { ThreadScanner } from '../../../src/kernel/scan/index.js';
import { Stat } from '../../../src/kernel/syscalls/index.js';
import { Root } from '../../../src/kernel/read/index.js';
import { collect, scanTree } from './scanned-tree.js';

describe('ThreadScanner', function () {
  this.timeout(30_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'duet-scan-'));
  });
  afterEach(() => {
    // Deeper than the names that a path may have.
    execFileSync('rm', ['-rf', folder]);
  });

  const names = async (options = {}): Promise<string[]> => [...(await scanTree(folder, options)).files.keys()].sort();

  it('finds files with any name, and tells what the kernel tells of them', async () => {
    const odd = ['-rf', 'new\nline', ' ', '*', '"', 'ümlaut', '...', '.hidden', 'a\\b'].map((name) => Buffer.from(name));
    odd.push(Buffer.from([0xff, 0xfe, 0x80]));
    for (const name of odd) {
      mkdirSync(Buffer.concat([Buffer.from(`${folder}/d-`), name]));
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/d-`), name, Buffer.from('/'), name]), name);
    }
    const { files, problems, fs } = await scanTree(folder);
    const expected = odd.map((name) => `d-${name.toString('latin1')}/${name.toString('latin1')}`);
    assert.deepEqual([...files.keys()].sort(), expected.sort());
    assert.deepEqual(problems, []);
    for (const [path, file] of files) {
      const stat = lstatSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]), { bigint: true });
      assert.deepEqual(
        [BigInt(file.ino), BigInt(file.size), file.mtimeNs, file.ctimeNs, BigInt(file.nlink)],
        [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs, stat.nlink],
      );
    }
    assert.equal(fs.length, 1);
    assert.ok(fs[0].mountedAfterMs < Date.now());
  });

  it('finds the same files as a plain walk does', async () => {
    const tree = fc.letrec<{ node: unknown; folder: unknown }>((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, fc.constant('file'), tie('folder')),
      folder: fc.dictionary(fc.stringMatching(/^[a-e]{1,3}$/), tie('node'), { maxKeys: 6 }),
    })).folder;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (made) => {
        const top = join(folder, `run-${run++}`);
        const expected: string[] = [];
        const make = (path: string, node: unknown): void => {
          if (node === 'file') {
            writeFileSync(join(top, path), path);
            expected.push(path);
            return;
          }
          mkdirSync(join(top, path));
          for (const [name, child] of Object.entries(node as object)) make(path === '' ? name : `${path}/${name}`, child);
        };
        make('', made);
        const { files } = await scanTree(top);
        assert.deepEqual([...files.keys()].sort(), expected.sort());
      }),
      { numRuns: 15 },
    );
  });

  it('follows no symbolic links below the path, and takes regular files only', async () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'file'), '');
    symlinkSync('..', join(folder, 'sub', 'up'));
    symlinkSync('sub', join(folder, 'link'));
    symlinkSync('sub/file', join(folder, 'file-link'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    assert.deepEqual(await names(), ['sub/file']);
  });

  it('follows symbolic links in the path itself', async () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'file'), '');
    symlinkSync('sub', join(folder, 'link'));
    assert.deepEqual([...(await scanTree(join(folder, 'link'))).files.keys()], ['file']);
  });

  it('gives a row for each name of a file', async () => {
    writeFileSync(join(folder, 'one'), 'content');
    linkSync(join(folder, 'one'), join(folder, 'two'));
    const { files } = await scanTree(folder);
    assert.deepEqual([...files.keys()].sort(), ['one', 'two']);
    const [one, two] = [...files.values()];
    assert.deepEqual([one.ino, one.gen, one.nlink], [two.ino, two.gen, 2]);
  });

  it('takes a single file as its path', async () => {
    writeFileSync(join(folder, 'file'), 'content');
    const scanner = new ThreadScanner(fromText(join(folder, 'file')));
    try {
      const { files } = await collect(scanner);
      assert.deepEqual([...files.keys()], ['']);
      const file = files.get('' as BytePath)!;
      assert.equal(file.size, 7);
      const batch = await scanner.probe([{ slot: 5, path: '' as BytePath, ino: file.ino, statDev: file.fs.statDev }]);
      assert.deepEqual([batch.slot[0], batch.gone[0], batch.size[0]], [5, 0, 7]);
    } finally {
      await scanner.close();
    }
  });

  it('walks trees that are deeper than paths may be long', async () => {
    const name = 'n'.repeat(100);
    const chain = join(folder, 'chain');
    mkdirSync(chain);
    // From the bottom up, so that no path gets long here.
    for (let depth = 0; depth < 200; depth++) {
      const above = join(folder, 'above');
      mkdirSync(join(above, 'a'), { recursive: true });
      mkdirSync(join(above, 'z'));
      writeFileSync(join(above, 'z', 'file'), '');
      renameSync(chain, join(above, name));
      renameSync(above, chain);
    }
    const open = readdirSync('/proc/self/fd').length;
    const { files, folders, problems } = await scanTree(folder);
    assert.deepEqual([files.size, folders.length, problems], [200, 2 + 3 * 200, []]);
    assert.ok([...files.values()].every((file) => file.probedNs > 0));
    assert.equal(readdirSync('/proc/self/fd').length, open);
  });

  it('leaves out what is excluded', async () => {
    for (const name of ['node_modules', 'src', 'src/node_modules', 'src/build', 'build']) mkdirSync(join(folder, name));
    for (const name of ['a.log', '.b.log', 'src/c.log', 'src/d.ts', 'node_modules/e', 'src/node_modules/f', 'src/build/g', 'build/h', 'src/ü\n']) {
      writeFileSync(join(folder, name), '');
    }
    assert.deepEqual(await names({ exclude: ['*.log', 'node_modules', 'src/build', 'ü?'] }), ['build/h', 'src/d.ts']);
    assert.deepEqual(await names({ exclude: ['/build/', 'src/**'] }), ['.b.log', 'a.log', 'node_modules/e']);
    assert.deepEqual((await scanTree(folder, { exclude: ['src', 'build', 'node_modules'] })).folders, ['']);
  });

  it('skims over files while it is told to, and tells all but what is cached and where it is', async () => {
    for (const name of ['a', 'b']) writeFileSync(join(folder, name), name.repeat(5000));
    linkSync(join(folder, 'a'), join(folder, 'c'));
    const skim = new Int32Array(new SharedArrayBuffer(4));
    const looked = (await scanTree(folder, { skim })).files;
    skim[0] = 1;
    const skimmed = (await scanTree(folder, { skim })).files;
    assert.deepEqual([...skimmed.keys()].sort(), ['a', 'b', 'c']);
    for (const [path, file] of skimmed) {
      assert.ok(looked.get(path)!.probedNs > 0 && !Number.isNaN(looked.get(path)!.physical));
      const { fs, ...rest } = looked.get(path)!;
      assert.deepEqual({ ...file, fs: undefined }, { ...rest, fs: undefined, physical: NaN, probedNs: 0, resident: 0, dirty: 0, runs: [] }, `${fs.fsType} ${path}`);
    }
    const closer = (await scanTree(folder, { skim: new Int32Array(1), from: [fromText('b')] })).files;
    assert.deepEqual([...closer.keys()], ['b']);
    assert.ok(closer.get(fromText('b'))!.probedNs > 0);
  });

  it('never leaves the path while a folder is swapped for a symbolic link', async () => {
    mkdirSync(join(folder, 'outside'));
    for (let i = 0; i < 20; i++) writeFileSync(join(folder, 'outside', `secret-${i}`), '');
    mkdirSync(join(folder, 'top'));
    for (let i = 0; i < 20; i++) {
      mkdirSync(join(folder, 'top', `d${i}`));
      for (let j = 0; j < 20; j++) writeFileSync(join(folder, 'top', `d${i}`, `file-${j}`), '');
    }
    const scanner = new ThreadScanner(fromText(join(folder, 'top')));
    try {
      let swapping = true;
      const swaps = (async () => {
        for (let i = 0; swapping; i = (i + 1) % 20) {
          const path = join(folder, 'top', `d${i}`);
          renameSync(path, `${folder}/aside`);
          symlinkSync('../outside', path);
          await new Promise((resolve) => setImmediate(resolve));
          rmSync(path);
          renameSync(`${folder}/aside`, path);
        }
      })();
      const { ino, dev } = statOf(join(folder, 'outside', 'secret-0'));
      for (let round = 0; round < 30; round++) {
        const { files } = await collect(scanner);
        for (const path of files.keys()) assert.match(path, /^d\d+\/file-\d+$/);
        const probed = await scanner.probe(Array.from({ length: 20 }, (_, i) => ({ slot: i, path: fromText(`d${i}/secret-0`), ino, statDev: dev })));
        assert.ok(probed.gone.every((gone) => gone === 1));
      }
      swapping = false;
      await swaps;
    } finally {
      await scanner.close();
    }
  });

  it('waits for a reader that is slow', async () => {
    for (let i = 0; i < 20_000; i++) writeFileSync(join(folder, `file-${i}`), '');
    const scanner = new ThreadScanner(fromText(folder));
    try {
      let rows = 0;
      for await (const batch of scanner.scan({ residency: false, physical: false })) {
        if (rows === 0) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          for (const name of readdirSync(folder)) rmSync(join(folder, name));
        }
        rows += batch.count;
      }
      assert.ok(rows >= 1 && rows <= 6000, `${rows} rows`);
    } finally {
      await scanner.close();
    }
  });

  it('probes again: sizes and times as they are now, and what is gone', async () => {
    for (const name of ['kept', 'removed', 'replaced', 'grown']) writeFileSync(join(folder, name), name);
    const scanner = new ThreadScanner(fromText(folder));
    try {
      const { files } = await collect(scanner);
      const targets = ['kept', 'removed', 'replaced', 'grown'].map((name, i) => {
        const { path, ino, fs } = files.get(fromText(name))!;
        return { slot: 10 + i, path, ino, statDev: fs.statDev };
      });
      rmSync(join(folder, 'removed'));
      writeFileSync(join(folder, 'new'), 'other');
      renameSync(join(folder, 'new'), join(folder, 'replaced'));
      truncateSync(join(folder, 'grown'), 9000);
      const batch = await scanner.probe(targets);
      assert.deepEqual([batch.count, [...batch.slot], [...batch.gone]], [4, [10, 11, 12, 13], [0, 1, 1, 0]]);
      assert.deepEqual([batch.size[0], batch.size[3]], [4, 9000]);
      assert.equal(batch.mtimeNs[3], lstatSync(join(folder, 'grown'), { bigint: true }).mtimeNs);
      assert.equal((await scanner.probe([])).count, 0);
    } finally {
      await scanner.close();
    }
  });

  it('fails with a typed error for a path that is not there', async () => {
    const missing = (error: unknown): boolean => error instanceof DuetError && error.code === 'DUET_ERR_PATH_MISSING' && error.path === join(folder, 'none');
    await assert.rejects(scanTree(join(folder, 'none')), missing);
    const scanner = new ThreadScanner(fromText(join(folder, 'none')));
    await assert.rejects(scanner.probe([]), missing);
    await scanner.close();
  });

  it('fails with a typed error for a path that is no file', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    await assert.rejects(scanTree(join(folder, 'fifo')), { code: 'DUET_ERR_USAGE' });
  });

  it('fails what is under way when it is closed, and closes its descriptors', async () => {
    for (let i = 0; i < 3000; i++) writeFileSync(join(folder, `file-${i}`), '');
    const open = readdirSync('/proc/self/fd').length;
    const scanner = new ThreadScanner(fromText(folder));
    const walk = scanner.scan({ residency: true, physical: false });
    assert.equal((await walk.next()).done, false);
    const probing = scanner.probe([]);
    await Promise.all([assert.rejects(probing, { code: 'DUET_ERR_INTERNAL' }), scanner.close()]);
    await scanner.close();
    await assert.rejects(async () => {
      for await (const _ of { [Symbol.asyncIterator]: () => walk });
    });
    await assert.rejects(scanner.probe([]));
    assert.equal(readdirSync('/proc/self/fd').length, open);
  });

  it('fails what is under way when its thread dies', async () => {
    writeFileSync(join(folder, 'file'), '');
    const started = once(process, 'worker') as Promise<[Worker]>;
    const scanner = new ThreadScanner(fromText(folder));
    const walk = scanner.scan({ residency: true, physical: true });
    const walking = (async () => {
      for await (const _ of { [Symbol.asyncIterator]: () => walk });
    })();
    const probing = scanner.probe([]);
    const [thread] = await started;
    await Promise.all([
      assert.rejects(walking, { code: 'DUET_ERR_INTERNAL' }),
      assert.rejects(probing, { code: 'DUET_ERR_INTERNAL', message: 'the scan thread has ended' }),
      thread.terminate(),
    ]);
    await scanner.close();
  });

  it('ends a walk that nobody wants any more, and walks again', async () => {
    for (let i = 0; i < 3000; i++) writeFileSync(join(folder, `file-${i}`), '');
    const scanner = new ThreadScanner(fromText(folder));
    try {
      for await (const _ of scanner.scan({ residency: false, physical: false })) break;
      assert.equal((await collect(scanner)).files.size, 3000);
    } finally {
      await scanner.close();
    }
  });

  it('does not keep a process alive', () => {
    const index = new URL('../../../src/kernel/scan/index.js', import.meta.url).href;
    const program = `const { ThreadScanner } = await import('${index}'); const s = new ThreadScanner('${folder}');
      for await (const _ of s.scan({ residency: true, physical: true })); console.log('walked');`;
    assert.equal(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', timeout: 10_000 }), 'walked\n');
  });

  it('reports folders that may not be read, and gives rows for files that may not', function () {
    if (process.getuid?.() !== 0) this.skip();
    const program = new URL('./unprivileged-scan.js', import.meta.url).pathname;
    mkdirSync(join(folder, 'closed'));
    writeFileSync(join(folder, 'closed', 'file'), '');
    writeFileSync(join(folder, 'private'), 'content', { mode: 0o600 });
    writeFileSync(join(folder, 'public'), 'content');
    execFileSync('chmod', ['755', folder]);
    execFileSync('chmod', ['700', join(folder, 'closed')]);
    const result = JSON.parse(execFileSync(process.execPath, ['--enable-source-maps', program, folder], { encoding: 'utf8' }));
    assert.deepEqual(result, {
      problems: [{ path: 'closed', errno: 'EACCES', operation: 'open the folder' }],
      // Of the others' files the kernel does not tell the cache state either, since Linux 6.12.12.
      files: [
        { path: 'private', size: 7, sameGen: true, probed: false },
        { path: 'public', size: 7, sameGen: true, probed: result.files[1].probed },
      ],
      root: 'DUET_ERR_PATH_DENIED',
      direct: 'DUET_ERR_READ EACCES',
    });
  });
});

function statOf(path: string): { ino: number; dev: number } {
  const root = Root.open(fromText(path));
  const fd = root.openFile('' as BytePath);
  const stat = new Stat();
  stat.read(fd);
  root.close();
  return { ino: statSync(path).ino, dev: stat.dev };
}
