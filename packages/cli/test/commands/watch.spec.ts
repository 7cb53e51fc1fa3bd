import assert from 'node:assert/strict';
import { concat, of, throwError } from 'rxjs';
import { PageEvent, fromText } from '@duet/core/model';
import type { DuetOptions, Item, MountChange } from '@duet/core';
import { FakeDuet, call, duetError, fakeState } from '../fake-environment.js';

const ITEM: Item = {
  file: { id: { fs: 'uuid', ino: 12, gen: 7 }, no: 1, dev: 7 * 0x100000 + 3, path: fromText('a\nb'), size: 0, mtimeNs: 0n, ctimeNs: 0n },
  index: 12, pages: 32, events: PageEvent.ADDED | PageEvent.DIRTY, changed: 0,
};

const GONE = duetError('DUET_ERR_MOUNT_GONE');
const MOUNTS: MountChange[] = [
  { type: 'joined', mountPoint: fromText('/srv/a\nb'), fsType: 'ext4' },
  { type: 'left', mountPoint: fromText('/srv/a\nb'), fsType: 'ext4', reason: GONE },
];

describe('duet watch', () => {
  const watch = async (argv: readonly string[], items: Item[] = [ITEM], mounts$: FakeDuet['mounts$'] = of()) => {
    const duet = new FakeDuet();
    duet.items = items;
    duet.mounts$ = mounts$;
    const result = await call(['watch', '/', '--duration', '0.05', ...argv], { framework: { openDuet: async () => duet } });
    return { duet, ...result };
  };

  it('prints what happened, the pages and the path, and ends with 0 after its time', async () => {
    const { exitCode, stdout, duet } = await watch([]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^ADDED\+DIRTY +12\.\.43 +a\\nb\n$/);
    assert.deepEqual(duet.registered.map(({ events, fetchIntervalMs }) => ({ events, fetchIntervalMs })), [
      { events: ['added', 'removed', 'dirty', 'flushed'], fetchIntervalMs: 10 },
    ]);
    assert.equal(duet.closed, 1);
  });

  it('writes the JSON lines of docs/cli.md', async () => {
    const { json } = await watch(['--json']);
    assert.deepEqual(json(), [{ ino: '12', gen: 7, dev: '7:3', index: 12, pages: 32, events: ['added', 'dirty'], path: 'a\nb' }]);
  });

  it('says which state ended', async () => {
    const { stdout, duet } = await watch(['--events', 'exists,dirty'], [{ ...ITEM, events: 0, changed: PageEvent.EXISTS, pages: 1 }]);
    assert.match(stdout, /^-EXISTS +12 /);
    assert.deepEqual(duet.registered[0]?.events, ['exists', 'dirty']);
  });

  it('prints absolute paths with --paths', async () => {
    assert.match((await watch(['--paths'])).stdout, / \/a\\nb\n$/);
  });

  it('tells mounts that join and leave', async () => {
    assert.match((await watch([], [], of(...MOUNTS))).stdout, /^JOINED +ext4 +\/srv\/a\\nb\nLEFT +ext4 +\/srv\/a\\nb\n$/);
    assert.deepEqual((await watch(['--json'], [], of(...MOUNTS))).json(), [
      { type: 'joined', fsType: 'ext4', path: '/srv/a\nb' },
      { type: 'left', fsType: 'ext4', path: '/srv/a\nb', code: 'DUET_ERR_MOUNT_GONE' },
    ]);
  });

  it('ends with 3 when the mount that the path is on goes', async () => {
    const { exitCode, stderr, duet, json } = await watch(['--json'], [], concat(of(...MOUNTS), throwError(() => GONE)));
    assert.equal(exitCode, 3);
    assert.match(stderr, /\[DUET_ERR_MOUNT_GONE\]/);
    assert.deepEqual(json().map(({ type }) => type), ['joined', 'left', 'error']);
    assert.equal(duet.closed, 1);
  });

  for (const argv of [['watch', '/', '--duration', '0.01'], ['items', 'fake']]) {
    it(`${argv[0]} passes warnings of the core on to stderr`, async () => {
      const openDuet = async (options: DuetOptions) => {
        options.logger?.warn('/srv is overlay');
        return new FakeDuet();
      };
      const { exitCode, stdout, stderr } = await call(argv, { framework: { openDuet, viewState: async () => fakeState() } });
      assert.equal(exitCode, 0);
      assert.equal(stdout, '');
      assert.match(stderr, /WARN.*\/srv is overlay\n/);
    });
  }

  for (const list of ['exists,added', 'nothing', '']) {
    it(`refuses the events '${list}'`, async () => {
      const { exitCode, stderr } = await watch([`--events=${list}`]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /\[DUET_ERR_EVENT_MASK\]/);
    });
  }

  it('ends with 130 when interrupted', async () => {
    const duet = new FakeDuet();
    const { exitCode } = await call(['watch', '/'], {
      framework: { openDuet: async () => duet },
      onInterrupt: (interrupt) => void setTimeout(() => interrupt(130), 20),
    });
    assert.equal(exitCode, 130);
    assert.equal(duet.closed, 1);
  });
});
