import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fromText, openDuet } from '@duet/core';
import type { Plugin } from '@duet/core';
import { MemoryStore, runPlugin, ScriptedPageCache } from '@duet/core/testing';
import { rsync } from '../src/index.js';
import { differences } from './fixtures/differences.js';
import { SshServer } from './fixtures/ssh-server.js';
import { useTempFolder } from './fixtures/temp-folder.js';

const DUET = fileURLToPath(new URL('../../../cli/bin/duet.js', import.meta.url));
const MIB = 2 ** 20;

describe('a mirror that meets', function () {
  this.timeout(60_000);
  const temp = useTempFolder();
  const at = (...names: string[]): string => join(temp.path, ...names);

  beforeEach(() => {
    mkdirSync(at('source/sub'), { recursive: true });
    for (let i = 0; i < 30; i++) writeFileSync(at('source', i % 2 ? 'sub' : '.', `file-${i}`), Buffer.alloc(20_000 + i, `${i} `));
  });

  /** A remote shell that runs what rsync says on this machine; `first` is shell code before that. */
  function localShell(first: string): string {
    const shell = at('shell');
    writeFileSync(shell, `#!/bin/sh\nshift\n${first}\nexec "$@"\n`);
    chmodSync(shell, 0o755);
    return shell;
  }

  it('a folder with something in it in the place of a file: leaves it, and says so', async () => {
    mkdirSync(at('target/file-0/kept'), { recursive: true });
    const { summary, problems } = await runPlugin(rsync, { folder: at('source'), config: { target: at('target') } });
    assert.equal(summary.exitCode, 1);
    assert.ok(problems.length > 0 && problems.every(({ path, code }) => path === 'file-0' && code === 'DUET_ERR_RSYNC_FILE'), JSON.stringify(problems));
    assert.ok(existsSync(at('target/file-0/kept')));
    assert.equal(readFileSync(at('target/file-2'), 'utf8').length, 20_002);
  });

  it('a connection that is lost: makes it anew, after a pause', async () => {
    // Every second connection breaks.
    const shell = localShell(`n=$(cat '${at('count')}' 2>/dev/null || echo 0); echo $((n + 1)) > '${at('count')}'\nif [ $((n % 2)) = 1 ]; then echo lost >> '${at('lost')}'; exit 12; fi`);
    const { summary, problems } = await runPlugin(rsync, { folder: at('source'), config: { target: `host:${at('target')}`, rsh: shell, retries: 3, batchFiles: 10 } });
    assert.deepEqual(problems, []);
    assert.equal(summary.exitCode, 0);
    assert.ok(readFileSync(at('lost'), 'utf8').length > 0);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('a host that cannot be reached: says so, after as many tries as it may', async () => {
    const shell = localShell(`echo tried >> '${at('tries')}'; echo 'no route to host' >&2; exit 255`);
    await assert.rejects(runPlugin(rsync, { folder: at('source'), config: { target: `host:${at('target')}`, rsh: shell, retries: 1 } }), (error: Error & { code: string; cause: Error }) => {
      assert.equal(error.code, 'DUET_ERR_RSYNC_CONNECTION');
      assert.match(error.cause.message, /no route to host/);
      return true;
    });
    assert.equal(readFileSync(at('tries'), 'utf8'), 'tried\ntried\n');
  });

  it('a host without rsync, a target whose parent is missing, a daemon module that is none: says so at once', async () => {
    const failing = (config: Readonly<Record<string, unknown>>): Promise<unknown> => runPlugin(rsync, { folder: at('source'), config });
    await assert.rejects(failing({ target: `host:${at('target')}`, rsh: localShell(''), rsyncPath: 'no-such-rsync' }), { code: 'DUET_ERR_RSYNC_REFUSED' });
    await assert.rejects(failing({ target: at('missing/target') }), { code: 'DUET_ERR_RSYNC_TARGET' });
    await assert.rejects(failing({ target: at('target'), filter: 'nonsense' }), { code: 'DUET_ERR_RSYNC_OPTION' });
    writeFileSync(at('file'), '');
    await assert.rejects(failing({ target: at('file/target') }), { code: 'DUET_ERR_RSYNC_TARGET' });
  });

  it('files that vanish, and files that come, while it goes on', async () => {
    const { summary, problems } = await runPlugin(before(rsync, () => {
      unlinkSync(at('source/file-2'));
      rmSync(at('source/sub'), { recursive: true });
      writeFileSync(at('source/late'), 'late');
    }), { folder: at('source'), config: { target: at('target'), delete: true } });
    assert.deepEqual(problems, []);
    assert.equal(summary.exitCode, 0);
    assert.ok(existsSync(at('target/late')));
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('a file that it may not replace: reports it once, and mirrors the others', async function () {
    if (process.getuid?.() !== 0) this.skip();
    mkdirSync(at('target'));
    writeFileSync(at('target/file-2'), 'immutable');
    try {
      execFileSync('chattr', ['+i', at('target/file-2')], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    try {
      const { summary, problems } = await runPlugin(rsync, { folder: at('source'), config: { target: at('target') } });
      assert.deepEqual(problems.map(({ path, code }) => [path, code]), [['file-2', 'DUET_ERR_RSYNC_FILE']]);
      assert.match(problems[0].message, /Operation not permitted/);
      assert.equal(summary.exitCode, 1);
      assert.equal(summary.tasks[0].filesDone, 29);
      assert.deepEqual(differences(at('source'), at('target')).map((line) => line.split(' ')[1]), ['file-2']);
    } finally {
      execFileSync('chattr', ['-i', at('target/file-2')]);
    }
  });

  it('more to delete than it may: reports it, and deletes no more', async () => {
    mkdirSync(at('target'));
    for (const name of ['x', 'y', 'z']) writeFileSync(at('target', name), name);
    const { summary, problems } = await runPlugin(rsync, { folder: at('source'), config: { target: at('target'), delete: true, maxDelete: 2 } });
    assert.deepEqual(problems.map(({ code }) => code), ['DUET_ERR_RSYNC_DELETE']);
    assert.equal(summary.exitCode, 1);
    assert.equal(['x', 'y', 'z'].filter((name) => existsSync(at('target', name))).length, 1);
  });

  it('a target inside the source, or a source that would be deleted: refuses', async () => {
    for (const config of [{ target: at('source/sub/mirror') }, { target: at('.'), delete: true }]) {
      await assert.rejects(runPlugin(rsync, { folder: at('source'), config }), { code: 'DUET_ERR_PLUGIN_OPTION' });
    }
  });

  it('filters: mirrors what they leave, and keeps what is excluded in the target', async () => {
    mkdirSync(at('target'));
    writeFileSync(at('target/file-4'), 'excluded');
    writeFileSync(at('target/old'), 'old');
    await runPlugin(rsync, { folder: at('source'), config: { target: at('target'), delete: true, include: ['file-2'], exclude: ['file-*', '/sub'] } });
    assert.deepEqual(readdirSync(at('target')).sort(), ['file-2', 'file-4']);
    assert.equal(readFileSync(at('target/file-4'), 'utf8'), 'excluded');
  });

  it('a link in the target where the source has a folder: writes nothing outside of the target', async () => {
    mkdirSync(at('outside'));
    mkdirSync(at('target'));
    symlinkSync(at('outside'), at('target/sub'));
    await runPlugin(rsync, { folder: at('source'), config: { target: at('target') } });
    assert.deepEqual(readdirSync(at('outside')), []);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('SIGKILL: leaves no rsync at work, and the next run makes both equal', async () => {
    writeFileSync(at('source/large'), Buffer.alloc(64 * MIB, 'large'));
    const args = ['run', 'rsync', '--path', at('source'), '--state', at('state'), '--source', 'none', '--set', `rsync.target=${at('target')}`];
    const duet = spawn(process.execPath, [DUET, ...args, '--set', 'rsync.bwlimit=8m'], { stdio: 'ignore' });
    while (unfinishedFiles(at('target')) === 0) await sleep(5);
    duet.kill('SIGKILL');
    await new Promise((resolve) => duet.once('exit', resolve));
    while (working(at('target')).length > 0) await sleep(10);
    assert.ok(!existsSync(at('target/large')), 'a file is there only as a whole');
    const again = spawn(process.execPath, [DUET, ...args], { stdio: 'ignore' });
    assert.equal(await new Promise((resolve) => again.once('exit', resolve)), 0);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('a host over ssh whose rsync is killed: goes on', async () => {
    const server = await SshServer.start(at('ssh'));
    try {
      writeFileSync(at('source/large'), Buffer.alloc(8 * MIB, 'large'));
      let killed = false;
      const timer = setInterval(() => {
        const isWriting = unfinishedFiles(at('target')) > 0;
        if (isWriting && !killed) killed = serving(at('target')).some((pid) => process.kill(pid, 'SIGKILL'));
      }, 5);
      const { summary, problems } = await runPlugin(rsync, { folder: at('source'), config: { target: `${server.host}:${at('target')}`, rsh: server.rsh, bwlimit: '4m' } }).finally(() => clearInterval(timer));
      assert.ok(killed);
      assert.deepEqual(problems, []);
      assert.equal(summary.exitCode, 0);
      assert.deepEqual(differences(at('source'), at('target')), []);
    } finally {
      await server.stop();
    }
  });

  it('a run that was stopped: goes on with what is left', async () => {
    const store = new MemoryStore();
    const config = { target: at('target'), batchFiles: 3, batchMs: 0 };
    const first = await runPlugin(rsync, { folder: at('source'), config, store, onEvent: (event, stop) => event.type === 'unit' && stop() });
    assert.equal(first.summary.exitCode, 143);
    const second = await runPlugin(rsync, { folder: at('source'), config, store });
    assert.ok(second.summary.tasks[0].filesDone < 30);
    assert.ok(second.summary.tasks[0].cycleComplete);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  for (const [pass, call] of [['survey', 1], ['last pass', 4]] as const) {
    it(`a stop in its ${pass}: ends soon, as stopped, and the next run does the rest`, async () => {
      // The host hangs there.
      const shell = localShell(`echo >> '${at('calls')}'; if [ "$(wc -l < '${at('calls')}')" = ${call} ]; then touch '${at('hangs')}'; exec sleep 60; fi`);
      const config = { target: `host:${at('target')}`, rsh: shell };
      const store = new MemoryStore();
      const duet = await openDuet({ stateDir: null, plugins: [rsync] }, { store, ...partsOf(at('source')) });
      const run = duet.run({ tasks: [{ plugin: 'rsync', config }], path: fromText(at('source')) });
      while (!existsSync(at('hangs'))) await sleep(10);
      const stoppedMs = performance.now();
      run.stop(143);
      const summary = await run.done;
      await duet.close();
      assert.equal(summary.exitCode, 143);
      assert.ok(performance.now() - stoppedMs < 3000);
      assert.equal((await runPlugin(rsync, { folder: at('source'), config })).summary.exitCode, 0);
      assert.deepEqual(differences(at('source'), at('target')), []);
    });
  }

  it('a dry run: makes nothing in the target', async () => {
    const duet = await openDuet({ stateDir: null, plugins: [rsync] }, partsOf(at('source')));
    const summary = await duet.run({ tasks: [{ plugin: 'rsync', config: { target: at('target') } }], path: fromText(at('source')), dryRun: true }).done;
    await duet.close();
    assert.equal(summary.tasks[0].filesTotal, 30);
    assert.ok(!existsSync(at('target')));
  });

  it('a file that changed within the second, with modifyWindow=-1: mirrors it', async () => {
    const config = { target: at('target'), modifyWindow: -1 };
    utimesSync(at('source/file-2'), 1_000_000_000.1, 1_000_000_000.1);
    await runPlugin(rsync, { folder: at('source'), config });
    writeFileSync(at('source/file-2'), Buffer.alloc(20_002, 'new'));
    utimesSync(at('source/file-2'), 1_000_000_000.2, 1_000_000_000.2);
    assert.deepEqual((await runPlugin(rsync, { folder: at('source'), config })).units, ['file-2']);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });

  it('a file that was changed in the target: mirrors it again', async () => {
    const config = { target: at('target') };
    await runPlugin(rsync, { folder: at('source'), config });
    writeFileSync(at('target/file-2'), 'spoilt');
    utimesSync(at('target/sub/file-1'), 1, 1);
    const { units } = await runPlugin(rsync, { folder: at('source'), config });
    assert.deepEqual([...units].sort(), ['file-2', 'sub/file-1']);
    assert.deepEqual(differences(at('source'), at('target')), []);
  });
});

function partsOf(folder: string) {
  const cache = new ScriptedPageCache(folder);
  return { source: cache.source, scanners: cache.scanners };
}

/** The plugin, with something happening between its survey and its first transfer. */
function before(plugin: Plugin, happen: () => void): Plugin {
  return {
    ...plugin,
    create: (ctx) => {
      const hooks = plugin.create(ctx);
      let happened = false;
      return new Proxy(hooks, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]): unknown => {
            if (key === 'process' && !happened) {
              happened = true;
              happen();
            }
            return (value as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    },
  };
}

/** Files that are being written below this target. */
function unfinishedFiles(target: string): number {
  if (!existsSync(target)) return 0;
  const folders = readdirSync(target).filter((name) => name.startsWith('.duet-rsync'));
  return folders.flatMap((folder) => readdirSync(join(target, folder))).length;
}

/** Processes of rsync that have this folder as target. */
function working(target: string): number[] {
  return rsyncs().filter((pid) => commandOf(pid).some((arg) => arg.startsWith(`${target}/`)));
}

/** Processes of rsync that write into this folder for a host. */
function serving(target: string): number[] {
  return rsyncs().filter((pid) => {
    try {
      return commandOf(pid).includes('--server') && readlinkSync(`/proc/${pid}/cwd`) === target;
    } catch {
      return false;
    }
  });
}

function rsyncs(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && /(^|\/)rsync$/.test(commandOf(pid)[0] ?? ''));
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
