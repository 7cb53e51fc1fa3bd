import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, silentLogger } from '@duet/core';
import type { BytePath } from '@duet/core';
import { Mirror } from '../../src/mirror.js';
import { rsyncOptions } from '../../src/options.js';
import { transferBatch } from '../../src/transfer/batch.js';
import { NewFolders } from '../../src/transfer/new-folders.js';
import { differences } from '../fixtures/differences.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const LATER_MS = 60_000;

describe('new folders', () => {
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);
  let mirror: Mirror;
  let folders: NewFolders;
  /** What rsync was started for. */
  let started: string[];
  /** How many of them have ended. */
  let ended: number;
  /** Happens before and after the content is sent. */
  let before: () => void;
  let after: () => void;

  /** Makes a folder of the source with files in it; gives their names. */
  function filled(name: string): BytePath[] {
    mkdirSync(at('source', name), { recursive: true });
    const files = Array.from({ length: 10 }, (_, i) => fromText(`${name}/file-${i}`));
    for (const file of files) writeFileSync(Buffer.from(`${at('source')}/${file}`, 'latin1'), `content of ${file}`);
    return files;
  }

  const mirrorTo = (target: string): Mirror =>
    new Mirror({
      path: fromText(at('source')),
      options: rsyncOptions.parse({ target }),
      log: silentLogger,
      signal: new AbortController().signal,
      alive: () => undefined,
      now: () => Date.now() + LATER_MS,
    });
  const transfer = async (files: readonly BytePath[]): Promise<string[]> => {
    const outcomes = await transferBatch(mirror, files, Infinity, folders);
    return outcomes.map((outcome) => (outcome.done ? 'done' : (outcome.error as { code: string }).code));
  };
  const allDone = (files: readonly BytePath[]): string[] => files.map(() => 'done');

  beforeEach(async () => {
    mkdirSync(at('source'));
    mirror = mirrorTo(at('target'));
    folders = NewFolders.for(mirror, rsyncOptions.parse({ target: at('target') }))!;
    started = [];
    ended = 0;
    before = after = () => undefined;
    const run = mirror.rsync.run.bind(mirror.rsync);
    mirror.rsync.run = async (operation, args, options) => {
      started.push(operation);
      const isSent = operation === 'transfer new folders';
      if (isSent) before();
      const result = await run(operation, args, options);
      ended++;
      if (isSent) after();
      return result;
    };
    await mirror.prepare();
  });

  afterEach(() => mirror.close());

  it('appear in the target when they are whole, with those above them', async () => {
    const files = [...filled('a/b'), ...filled('a/c'), ...filled('d ü\n')];
    writeFileSync(at('source/of-the-top'), 'goes with others');
    chmodSync(at('source'), 0o750);
    chmodSync(at('source/a/b'), 0o700);
    after = () => assert.deepEqual(readdirSync(at('target')), [mirror.unfinished]);
    assert.deepEqual(await transfer(files), allDone(files));
    assert.deepEqual(started.sort(), ['prepare the target', 'transfer new folders']);
    assert.deepEqual(readdirSync(at('target', mirror.unfinished)), []);
    assert.equal(statSync(at('target')).mode & 0o777, 0o750);
    rmSync(at('target', mirror.unfinished), { recursive: true });
    assert.ok(!existsSync(at('target/of-the-top')));
    rmSync(at('source/of-the-top'));
    // Times of folders are the last pass's.
    assert.deepEqual(differences(at('source'), at('target')).filter((line) => !/^\.d\.\.t\.{6} /.test(line)), []);
  });

  it('join those that are in a folder of the target already', async () => {
    const [first, second] = [filled('a/b'), filled('a/c/d')];
    assert.deepEqual(await transfer(first), allDone(first));
    assert.deepEqual(await transfer(second), allDone(second));
    assert.ok(started.every((operation) => operation !== 'transfer files'));
    assert.equal(readFileSync(at('target/a/c/d/file-3'), 'utf8'), 'content of a/c/d/file-3');
    assert.ok(existsSync(at('target/a/b/file-9')));
  });

  it('go file by file where the target has something in their place, which is not followed', async () => {
    const files = [...filled('a'), ...filled('b')];
    mkdirSync(at('target/a'));
    writeFileSync(at('target/a/other'), 'stays');
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('target/b'));
    assert.deepEqual(await transfer(files), allDone(files));
    assert.ok(started.includes('transfer files'));
    assert.equal(readFileSync(at('target/a/other'), 'utf8'), 'stays');
    assert.deepEqual(readdirSync(at('elsewhere')), []);
    for (const file of files) assert.equal(readFileSync(at('target', file), 'utf8'), `content of ${file}`);
  });

  it('go file by file if they changed meanwhile', async () => {
    const files = filled('a');
    after = () => writeFileSync(at('source/a/late'), 'late');
    assert.deepEqual(await transfer(files), allDone(files));
    assert.deepEqual(started.sort(), ['prepare the target', 'transfer files', 'transfer new folders']);
    assert.ok(!existsSync(at('target/a/late')));
  });

  it('leave nothing cut off behind: what a try that was killed left is sent anew', async () => {
    const files = filled('a');
    mkdirSync(at('target', mirror.unfinished, '0/a'), { recursive: true });
    const left = at('target', mirror.unfinished, '0/a/file-5');
    writeFileSync(left, 'other');
    truncateSync(left, statSync(at('source/a/file-5')).size);
    assert.deepEqual(await transfer(files), allDone(files));
    assert.equal(readFileSync(at('target/a/file-5'), 'utf8'), 'content of a/file-5');
  });

  it('leave no room taken: what a run that was killed left goes when the next one prepares the target', async () => {
    mkdirSync(at('target', mirror.unfinished, '12/a'), { recursive: true });
    writeFileSync(at('target', mirror.unfinished, '12/a/file'), '');
    writeFileSync(at('target', mirror.unfinished, `copy-${'0a'.repeat(12)}`), 'part of a file');
    writeFileSync(at('target', mirror.unfinished, '.file-3.x7K2aB'), 'of rsync');
    await mirror.prepare();
    assert.deepEqual(readdirSync(at('target', mirror.unfinished)), ['.file-3.x7K2aB']);
  });

  it('leave no room taken where others may write to the top of the target, and nothing is removed in what may be theirs', async () => {
    const place = at('target', mirror.unfinished);
    const copy = `copy-${'0a'.repeat(12)}`;
    writeFileSync(join(place, copy), 'part of a file');
    chmodSync(at('target'), 0o777);
    chmodSync(place, 0o777);
    await mirror.prepare();
    assert.deepEqual(readdirSync(place), [copy]);
    chmodSync(place, 0o700);
    renameSync(place, at('elsewhere'));
    symlinkSync(at('elsewhere'), place);
    await mirror.prepare();
    assert.deepEqual(readdirSync(at('elsewhere')), [copy]);
    rmSync(place);
    renameSync(at('elsewhere'), place);
    await mirror.prepare();
    assert.deepEqual(readdirSync(place), []);
  });

  it('are not left there when the sending fails, and nothing goes on', async () => {
    const files = filled('a');
    after = () => {
      throw new Error('no room');
    };
    await assert.rejects(transfer(files), /no room/);
    assert.deepEqual(readdirSync(at('target', mirror.unfinished)), []);
    assert.deepEqual(started.sort(), ['prepare the target', 'transfer new folders']);
    assert.equal(ended, started.length, 'the other one has ended as well');
  });

  it('are not tried again when one cannot be moved', async () => {
    const [first, next] = [filled('a'), filled('b')];
    mkdirSync(at('target/a'));
    writeFileSync(at('target/a/other'), 'stays');
    assert.deepEqual(await transfer(first), allDone(first));
    assert.deepEqual(await transfer(next), allDone(next));
    assert.equal(started.filter((operation) => operation === 'transfer new folders').length, 1);
  });

  it('are not tried again when something was wrong with one: it goes file by file from then on', async () => {
    const [gone, kept] = [filled('a'), filled('b')];
    before = () => rmSync(at('source/a'), { recursive: true });
    assert.deepEqual(await transfer([...gone, ...kept]), [...gone.map(() => 'DUET_ERR_VANISHED'), ...allDone(kept)]);
    assert.deepEqual(readdirSync(at('target', mirror.unfinished)), []);
    const next = filled('c');
    assert.deepEqual(await transfer(next), allDone(next));
    assert.equal(started.filter((operation) => operation === 'transfer new folders').length, 1);
  });

  it('go file by file where others may write to the top of the target, rsync being led astray otherwise', async () => {
    const files = filled('a');
    chmodSync(at('target'), 0o777);
    assert.deepEqual(await transfer(files), allDone(files));
    assert.deepEqual(started, ['transfer files']);
    assert.equal(readFileSync(at('target/a/file-1'), 'utf8'), 'content of a/file-1');
  });

  it('are left where they are once others may write to the top of the target', async () => {
    const files = filled('a');
    after = () => chmodSync(at('target'), 0o777);
    assert.deepEqual(await transfer(files), allDone(files));
    assert.deepEqual(started.sort(), ['prepare the target', 'transfer files', 'transfer new folders']);
    assert.ok(existsSync(at('target', mirror.unfinished, '0/a/file-1')), 'nor is anything removed there');
    assert.equal(readFileSync(at('target/a/file-1'), 'utf8'), 'content of a/file-1');
  });

  it('are not made so for hosts, nor where --inplace does not go with the options', () => {
    for (const options of [{ target: 'host:target' }, { inplace: true }, { sparse: true }, { partialDir: '.partial' }]) {
      assert.equal(NewFolders.for(mirror, rsyncOptions.parse({ target: at('target'), ...options })), undefined);
    }
  });
});
