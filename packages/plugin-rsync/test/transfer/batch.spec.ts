import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, silentLogger } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Mirror } from '../../src/mirror.js';
import { rsyncOptions } from '../../src/options.js';
import { transferBatch } from '../../src/transfer/batch.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const LATER_MS = 60_000;

describe('a batch of all files of a folder', () => {
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);
  const files = Array.from({ length: 10 }, (_, i) => fromText(`sub/file-${i}`));
  /** What rsync was given, run by run. */
  let given: (readonly BytePath[])[];

  /** Transfers them; `meanwhile` happens before the first rsync starts. */
  async function transfer(options: Readonly<Record<string, string>> = {}, meanwhile = (): void => undefined): Promise<string[]> {
    const mirror = new Mirror({
      path: fromText(at('source')),
      options: rsyncOptions.parse({ target: at('target'), ...options }),
      log: silentLogger,
      signal: new AbortController().signal,
      alive: () => undefined,
      now: () => Date.now() + LATER_MS,
    });
    const run = mirror.rsync.run.bind(mirror.rsync);
    mirror.rsync.run = (operation, args, one) => {
      if (given.length === 0) meanwhile();
      given.push(one?.files ?? []);
      return run(operation, args, one);
    };
    try {
      await mirror.open();
      await mirror.prepare();
      const outcomes = await transferBatch(mirror, files, Infinity);
      return outcomes.map((outcome) => (outcome.done ? 'done' : (outcome.error as { code: string }).code));
    } finally {
      await mirror.close();
    }
  }

  beforeEach(() => {
    given = [];
    mkdirSync(at('source/sub'), { recursive: true });
    for (const [i, file] of files.entries()) writeFileSync(at('source', file), `content ${i}`);
  });

  it('is given to rsync as the folder', async () => {
    assert.deepEqual(await transfer(), files.map(() => 'done'));
    assert.deepEqual(given, [['sub/']]);
    for (const [i, file] of files.entries()) assert.equal(readFileSync(at('target', file), 'utf8'), `content ${i}`);
  });

  it('gives the top of the target its mode at once', async () => {
    chmodSync(at('source'), 0o700);
    await transfer();
    assert.equal(statSync(at('target')).mode & 0o777, 0o700);
    rmSync(at('source/sub/file-9'));
    given = [];
    rmSync(at('target'), { recursive: true });
    await transfer({ exclude: '*.o' });
    assert.equal(statSync(at('target')).mode & 0o777, 0o700);
  });

  it('takes along nothing that rules leave out', async () => {
    assert.deepEqual(await transfer({ exclude: '*.o' }, () => writeFileSync(at('source/sub/new.o'), 'object')), files.map(() => 'done'));
    assert.deepEqual(given, [files]);
    assert.ok(!existsSync(at('target/sub/new.o')));
  });

  it('tells of each file that went away meanwhile that it vanished', async () => {
    const outcomes = await transfer({}, () => {
      renameSync(at('source/sub/file-3'), at('source/file-3'));
      rmSync(at('source/sub/file-7'));
    });
    assert.deepEqual(outcomes, files.map((file) => (/[37]$/.test(file) ? 'DUET_ERR_VANISHED' : 'done')));
    assert.deepEqual(given.slice(0, 2), [['sub/'], files]);
  });
});
