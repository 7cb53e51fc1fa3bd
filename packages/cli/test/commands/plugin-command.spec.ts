import assert from 'node:assert/strict';
import type { CommandContext, PluginCommand } from '@duet/core';
import { call, fakePlugin } from '../fake-environment.js';
import type { FakeFramework } from '../fake-environment.js';

describe('duet PLUGIN COMMAND', () => {
  const log: string[] = [];
  const framework: FakeFramework = {
    openWorkspace: async () => ({
      state: { get: () => undefined, set: () => undefined, delete: () => undefined, entries: function* () {} },
      fileNumber: () => Promise.reject(new Error('not faked')),
      commit: async () => void log.push('commit'),
      close: async () => void log.push('close'),
    }),
  };
  const pluginWith = (run: (context: CommandContext) => Promise<number>) => {
    const command: PluginCommand = {
      name: 'report', summary: 'tells', args: [{ name: '<path>', summary: 'where' }, { name: '[other]', summary: 'or there' }],
      options: [{ flags: '--since-day <time>', summary: 'when' }, { flags: '--all', summary: 'everything' }, { flags: '--only <what>', summary: 'which', repeatable: true }], run,
    };
    return fakePlugin({ commands: [command] });
  };
  beforeEach(() => log.splice(0));

  it('hands over arguments and options, and makes durable what was set', async () => {
    const plugin = pluginWith(async ({ args, options, print }) => {
      print([args['path'], args['other'] ?? 'none', options['sinceDay'], options['all']].join(' '), { path: args['path'] });
      return 1;
    });
    const text = await call(['fake', 'report', '/a', '--since-day', '3', '--all'], { framework, plugins: [plugin] });
    assert.deepEqual([text.exitCode, text.stdout], [1, '/a none 3 true\n']);
    assert.deepEqual(log, ['commit', 'close']);
    assert.deepEqual((await call(['fake', 'report', '/a', '--json'], { framework, plugins: [plugin] })).json(), [{ path: '/a' }]);
  });

  it('hands over all values of an option that may be repeated', async () => {
    const plugin = pluginWith(async ({ options, print }) => {
      print('', { only: options['only'] ?? null });
      return 0;
    });
    const called = async (...argv: string[]) => (await call(['fake', 'report', '/a', '--json', ...argv], { framework, plugins: [plugin] })).json();
    assert.deepEqual(await called('--only', 'a', '--only', 'b,c'), [{ only: ['a', 'b,c'] }]);
    assert.deepEqual(await called(), [{ only: null }]);
  });

  it('commits nothing when the command fails', async () => {
    const plugin = pluginWith(() => Promise.reject(new Error('broken')));
    const { exitCode, stderr } = await call(['fake', 'report', '/a'], { framework, plugins: [plugin] });
    assert.equal(exitCode, 4);
    assert.match(stderr, /^duet: broken \[DUET_ERR_INTERNAL\]/);
    assert.deepEqual(log, ['close']);
  });

  it('shows commands and options of the plugin in its help', async () => {
    const plugin = pluginWith(async () => 0);
    const { exitCode, stdout } = await call(['fake', '--help'], { plugins: [plugin] });
    assert.equal(exitCode, 0);
    assert.match(stdout, /report \[options\] <path> \[other\] +tells/);
    assert.match(stdout, /depth +how deep \(default: 3\)/);
    assert.equal((await call(['help', 'fake'], { plugins: [plugin] })).stdout, stdout);
  });
});
