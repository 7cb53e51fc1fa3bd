import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { zipfAccesses } from '../../src/foreground/accesses.js';
import { buildReader, parseMadeRead, readerCommand, readerInput } from '../../src/foreground/reader.js';
import type { MadeRead } from '../../src/foreground/reader.js';
import { monotonicMs } from '../../src/lab/program.js';
import { Random } from '../../src/tree/random.js';
import { makeTree, mixedTree } from '../../src/tree/tree.js';

const PAUSE_MS = 5;

describe('the program in the foreground', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duet-foreground-'));
  const root = join(folder, 'tree');
  const tree = mixedTree({ seed: 1, totalBytes: 2 ** 22, minBytes: 4096, maxBytes: 2 ** 20 });
  const paths = tree.files.map((file) => file.path);
  let program = '';
  after(() => rmSync(folder, { recursive: true }));

  before(function () {
    if (spawnSync('gcc', ['--version']).error) this.skip();
    program = buildReader(folder);
    makeTree(tree, root);
  });

  const made = (printed: string): MadeRead[] => printed.split('\n').filter(Boolean).map(parseMadeRead);

  it('makes all its reads, with a pause after each', () => {
    const [argv0, ...argv] = readerCommand(program, root, paths);
    const startedMs = monotonicMs();
    const { status, stdout } = spawnSync(argv0, argv, { encoding: 'utf8', input: readerInput(zipfAccesses(tree, new Random(1), 20)) });
    const reads = made(stdout);
    assert.equal(status, 0);
    assert.equal(reads.length, 20);
    assert.ok(reads[0].atMs >= startedMs && reads[19].atMs <= monotonicMs());
    for (const [i, { atMs, tookMs }] of reads.entries()) {
      assert.ok(tookMs > 0);
      // To the digits that are printed.
      if (i > 0) assert.ok(atMs - reads[i - 1].atMs - reads[i - 1].tookMs >= PAUSE_MS - 0.01);
    }
  });

  it('tells what it had read when it is stopped', async () => {
    const [argv0, ...argv] = readerCommand(program, root, paths);
    const child = spawn(argv0, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(readerInput(zipfAccesses(tree, new Random(1), 60_000)));
    const closed = once(child, 'close');
    const printed = text(child.stdout);
    await sleep(500);
    child.kill('SIGTERM');
    assert.deepEqual(await closed, [0, null]);
    const { length } = made(await printed);
    assert.ok(length > 0 && length <= 500 / PAUSE_MS + 1, String(length));
  });

  it('fails for a file that is not there, and for a read of none of its files', () => {
    const nowhere = spawnSync(program, [join(root, 'nowhere')], { encoding: 'utf8', input: '' });
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /nowhere: No such file/);
    assert.equal(spawnSync(program, [join(root, paths[0])], { input: '1 0\n' }).status, 2);
  });
});
