import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fromBytes, fromText } from '@duet/core/model';
import type { RunEvent } from '@duet/core';
import { Output } from '../../src/output/output.js';
import { FakeDuet, SUMMARY, call, duetError, fakePlugin } from '../fake-environment.js';

const UNIT: RunEvent = { type: 'unit', task: 'fake', path: fromText('a'), offset: 0, bytes: 81920, cachedBytes: 81920, reason: 'cached', ms: 1.5, atMs: 10 };
const PROBLEM: RunEvent = { type: 'problem', task: 'fake', path: fromBytes(Buffer.from('b\xff\x1b', 'latin1')), offset: 7, code: 'DUET_ERR_READ', message: 'bad\nnews' };

describe('duet run', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'duet-cli-'))));
  after(() => rmSync(folder, { recursive: true }));

  const withDuet = (duet: FakeDuet) => ({ framework: { openDuet: async () => duet } });

  it('passes on what was asked for', async () => {
    const duet = new FakeDuet();
    const { exitCode } = await call(
      ['run', 'fake', '--path', folder, '--set', 'fake.depth=7', '--set', 'fake.older-than=a=b', '--exclude', 'x', '--exclude', 'y', '--deadline', '8h', '--dry-run', '--order', 'path', '--reset', '--keep-cache', '--bandwidth', '50M'],
      withDuet(duet),
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(duet.runs, [
      {
        tasks: [{ plugin: 'fake', config: { depth: '7', olderThan: 'a=b' } }],
        path: fromText(folder), exclude: ['x', 'y'], deadlineMs: 8 * 3_600_000, dryRun: true, order: 'path', reset: true, units: false,
        isLast: true, keepCache: true, ioPressurePercent: 20, bandwidthBytesPerSecond: 50 * 2 ** 20,
      },
    ]);
    assert.equal(duet.closed, 1);
  });

  it('begins what takes longest first, and what is outside of it last', async () => {
    const begun: string[] = [];
    const { name, summary } = fakePlugin();
    const { exitCode } = await call(['run', 'fake', '--path', folder, '--source', 'cachestat'], {
      framework: { openDuet: async () => (begun.push('open'), new FakeDuet()) },
      environment: {
        bundledPlugins: [{ name, summary, load: async () => (begun.push('load'), fakePlugin()), begin: async () => void begun.push('plugin') }],
        startThreads: async () => void begun.push('threads'),
        openAhead: async (source) => void begun.push(source),
      },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(begun.slice(begun.indexOf('plugin')), ['plugin', 'threads', 'load', 'cachestat', 'open']);
  });

  it('takes only idle CPU time where others are to wait for next to nothing', async () => {
    let calls = 0;
    const run = (percent: string) => call(['run', 'fake', '--path', folder, '--io-pressure', percent], { framework: { openDuet: async () => new FakeDuet(), workWhenIdle: () => calls++ } });
    for (const percent of ['20', '6', '0']) await run(percent);
    assert.equal(calls, 0);
    await run('5');
    await run('1');
    assert.equal(calls, 2);
  });

  it('writes the JSON lines of docs/cli.md, units only when verbose', async () => {
    const duet = new FakeDuet();
    duet.onRun = async (events$) => {
      events$.next({ type: 'start', tasks: ['fake'], source: 'none', path: fromText(folder), filesTotal: 3, bytesTotal: 10 });
      events$.next(UNIT);
      events$.next({ type: 'progress', task: 'fake', filesDone: 1, filesTotal: 3, bytesDone: 5, bytesTotal: 10, bytesFromCache: 5, bytesFromDisk: 0 });
      events$.next(PROBLEM);
      events$.next({ type: 'lost', events: 4, filesReread: 2 });
      return { ...SUMMARY, exitCode: 1 };
    };
    const brief = await call(['run', 'fake', '--path', folder, '--json'], withDuet(duet));
    assert.equal(brief.exitCode, 1);
    assert.deepEqual(brief.json().map(({ type }) => type), ['start', 'progress', 'problem', 'lost', 'summary']);
    const [start, , problem, , summary] = brief.json();
    assert.equal(start?.['path'], folder);
    assert.deepEqual(problem, {
      type: 'problem', task: 'fake', path: 'b\ufffd\x1b', pathBytes: Buffer.from('b\xff\x1b', 'latin1').toString('base64'),
      offset: 7, code: 'DUET_ERR_READ', message: 'bad\nnews',
    });
    assert.deepEqual(summary, { type: 'summary', ...SUMMARY, exitCode: 1 });
    const verbose = await call(['run', 'fake', '--path', folder, '--json', '--verbose'], withDuet(duet));
    const unit = verbose.json().find(({ type }) => type === 'unit');
    assert.deepEqual(unit, { ...UNIT, endMs: 11.5 });
  });

  it('lets no control character of a name reach the terminal', async () => {
    const duet = new FakeDuet();
    duet.onRun = async (events$) => {
      events$.next(PROBLEM);
      return SUMMARY;
    };
    const { stdout } = await call(['run', 'fake', '--path', folder], withDuet(duet));
    assert.match(stdout, /fake: b\\xff\\e at byte 7: bad\\nnews \[DUET_ERR_READ\]/);
    assert.match(stdout, /saved 3\.0 MiB \(75%\)/);
  });

  it('prints problems only when quiet', async () => {
    const duet = new FakeDuet();
    duet.onRun = async (events$) => {
      events$.next({ type: 'start', tasks: ['fake'], source: 'none', path: fromText(folder), filesTotal: 3, bytesTotal: 10 });
      events$.next(PROBLEM);
      return SUMMARY;
    };
    const { stdout, stderr } = await call(['run', 'fake', '--path', folder, '-q'], withDuet(duet));
    assert.equal(stdout.split('\n').length, 2);
    assert.equal(stderr, '');
  });

  it('stops after a checkpoint when interrupted', async () => {
    const duet = new FakeDuet();
    let interrupt: (exitCode: number) => void = () => undefined;
    duet.onRun = async (_events, stopped) => {
      setImmediate(() => interrupt(130));
      return { ...SUMMARY, exitCode: await stopped };
    };
    const { exitCode, stdout } = await call(['run', 'fake', '--path', folder], { ...withDuet(duet), onInterrupt: (handler) => (interrupt = handler) });
    assert.equal(exitCode, 130);
    assert.deepEqual(duet.stops, [130]);
    assert.match(stdout, /interrupted after a checkpoint/);
  });

  it('stops when nobody reads its output', async () => {
    const duet = new FakeDuet();
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })) });
    duet.onRun = async (events$, stopped) => {
      events$.next(PROBLEM);
      return { ...SUMMARY, exitCode: await stopped };
    };
    const { exitCode, stderr } = await call(['run', 'fake', '--path', folder, '-q'], {
      ...withDuet(duet),
      environment: { stdout: new Output(broken, { isTerminal: false }) },
    });
    assert.equal(exitCode, 141);
    assert.equal(stderr, '');
  });

  it('closes what it opened when the run fails, and says why', async () => {
    const duet = new FakeDuet();
    duet.onRun = async () => {
      throw duetError('DUET_ERR_STATE_FULL');
    };
    const { exitCode, stderr, json } = await call(['run', 'fake', '--path', folder, '--json'], withDuet(duet));
    assert.equal(exitCode, 3);
    assert.equal(duet.closed, 1);
    assert.match(stderr, /^duet: it did not work \[DUET_ERR_STATE_FULL\]\n {2}path: \/x\n {2}cause: EIO\n {2}hint: Make room/);
    assert.deepEqual(json().map(({ type, code, exitCode: exit }) => ({ type, code, exit })), [{ type: 'error', code: 'DUET_ERR_STATE_FULL', exit: 3 }]);
  });

  it('does not go on with an empty database when the old one was damaged', async () => {
    const duet = new FakeDuet();
    duet.stateSetAside = '/state/duet.db.corrupt-1';
    const { exitCode, stderr } = await call(['run', 'fake', '--path', folder], withDuet(duet));
    assert.equal(exitCode, 3);
    assert.match(stderr, /DUET_ERR_STATE_CORRUPT[\s\S]*set aside as \/state\/duet\.db\.corrupt-1/);
    assert.deepEqual(duet.runs, []);
    assert.equal(duet.closed, 1);
  });

  const wrong: [what: string, argv: string[], code: string, message: RegExp][] = [
    ['no path', ['run', 'fake'], 'DUET_ERR_USAGE', /required option '--path/],
    ['no task', ['run', '--path', '/'], 'DUET_ERR_USAGE', /missing required argument 'task'/],
    ['an unknown option', ['run', 'fake', '--path', '/', '--pth', 'x'], 'DUET_ERR_USAGE', /unknown option '--pth'/],
    ['an unknown plugin', ['run', 'nope', '--path', '/'], 'DUET_ERR_TASK_UNKNOWN', /no plugin 'nope'[\s\S]*the plugins are: fake/],
    ['an unknown plugin option', ['run', 'fake', '--path', '/', '--set', 'fake.dpth=1'], 'DUET_ERR_PLUGIN_OPTION', /no option 'dpth'[\s\S]*its options are depth, tags/],
    ['an unusable plugin option', ['run', 'fake', '--path', '/', '--set', 'fake.depth=x'], 'DUET_ERR_PLUGIN_OPTION', /option 'depth': [\s\S]*hint: depth: how deep \(default: 3\); see duet run fake --help/],
    ['an option of a task that does not run', ['run', 'fake', '--path', '/', '--set', 'other.a=1'], 'DUET_ERR_USAGE', /a task that does not run/],
    ['a setting that is none', ['run', 'fake', '--path', '/', '--set', 'depth=1'], 'DUET_ERR_USAGE', /TASK\.OPTION=VALUE/],
    ['a deadline without unit', ['run', 'fake', '--path', '/', '--deadline', '8'], 'DUET_ERR_USAGE', /needs a unit/],
    ['an unknown order', ['run', 'fake', '--path', '/', '--order', 'size'], 'DUET_ERR_USAGE', /Allowed choices are cached, path/],
    ['the same task twice', ['run', 'fake', 'fake', '--path', '/'], 'DUET_ERR_USAGE', /named twice/],
    ['a missing path', ['run', 'fake', '--path', '/nowhere/at/all'], 'DUET_ERR_PATH_MISSING', /path: \/nowhere\/at\/all/],
    ['a plugin module that is not there', ['run', 'fake', '--path', '/', '--plugin', './nope.js'], 'DUET_ERR_PLUGIN_LOAD', /could not be loaded/],
    ['quiet and verbose', ['run', 'fake', '--path', '/', '-q', '-v'], 'DUET_ERR_USAGE', /cannot be used with/],
  ];
  for (const [what, argv, code, message] of wrong) {
    it(`refuses ${what} with one error and exit code 2`, async () => {
      const begun: string[] = [];
      const { name, summary } = fakePlugin();
      const { exitCode, stderr, json } = await call([...argv, '--json'], {
        environment: {
          bundledPlugins: [{ name, summary, load: async () => fakePlugin(), begin: async () => void begun.push('plugin') }],
          startThreads: async () => void begun.push('threads'),
          openAhead: async () => void begun.push('source'),
        },
      });
      assert.equal(exitCode, 2);
      // Options of plugins are known once these are loaded, which takes its time.
      assert.deepEqual(begun, code === 'DUET_ERR_PLUGIN_OPTION' ? ['plugin', 'threads'] : []);
      assert.equal(stderr.match(/^duet: /gm)?.length, 1);
      assert.match(stderr, new RegExp(`\\[${code}\\]`));
      assert.match(stderr, message);
      assert.deepEqual(json().map((line) => [line['type'], line['code']]), [['error', code]]);
    });
  }
});
