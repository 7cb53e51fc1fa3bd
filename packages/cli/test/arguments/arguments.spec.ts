import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBytes, fromText } from '@duet/core/model';
import { countOption, durationOption } from '../../src/arguments/number-option.js';
import { pathArgument, splitAt } from '../../src/arguments/path-argument.js';
import { parseSetting } from '../../src/arguments/set-option.js';
import { isAbout, pluginModulesIn } from '../../src/plugins/module-arguments.js';
import { stateDirOf } from '../../src/state-dir.js';

describe('arguments', () => {
  it('reads settings whose value may be anything', () => {
    fc.assert(fc.property(fc.string(), (value) => assert.deepEqual(parseSetting(`scrub.older-than=${value}`), { task: 'scrub', option: 'older-than', value })));
    for (const text of ['', 'a', 'a.b', 'a=b', '.b=c', 'a.=c']) assert.throws(() => parseSetting(text), /TASK\.OPTION=VALUE/);
  });

  it('reads durations', () => {
    const [withUnit, seconds] = [durationOption('--d'), durationOption('--d', 1000)];
    assert.deepEqual(['8h', '30m', '1.5 days', '90s'].map(withUnit), [28_800_000, 1_800_000, 129_600_000, 90_000]);
    assert.deepEqual(['5', '0.5', '2m'].map(seconds), [5000, 500, 120_000]);
    for (const text of ['', 'x', '0', '-3s', '8 parsecs', '9'.repeat(200)]) assert.throws(() => seconds(text), /takes a duration/);
  });

  it('reads counts', () => {
    assert.equal(countOption('--n', 1)('12'), 12);
    for (const text of ['', '0', '-1', '1.5', '1e3', '99999999999999999999']) assert.throws(() => countOption('--n', 1)(text), /whole number/);
  });

  it('keeps the bytes of paths that are not UTF-8', () => {
    const raw = Buffer.from('node\0main.js\0--path=/a\xff\0/b\xfe\0', 'latin1');
    assert.equal(pathArgument('/b\ufffd', () => raw), fromBytes(Buffer.from('/b\xfe', 'latin1')));
    assert.equal(pathArgument('/a\ufffd', () => raw), fromBytes(Buffer.from('/a\xff', 'latin1')));
    assert.equal(pathArgument('/ü', () => raw), fromText('/ü'));
    assert.deepEqual(splitAt('a\n\nb\n', '\n'), ['a', 'b']);
  });

  it('finds plugin modules and commands wherever options stand', () => {
    assert.deepEqual(pluginModulesIn(['--plugin', 'a', 'run', '--plugin=b', '--plugin', 'a', '--', '--plugin', 'c']), ['a', 'b']);
    assert.ok(isAbout(['--json', '--state', 'run', 'scrub', 'report'], 'scrub'));
    assert.ok(isAbout(['help', 'scrub'], 'scrub'));
    assert.ok(!isAbout(['run', 'scrub'], 'scrub'));
  });

  it('finds the state folder', () => {
    const home = { HOME: '/home/a' };
    assert.equal(stateDirOf('/x', { DUET_STATE_DIR: '/y' }, 0), '/x');
    assert.equal(stateDirOf(undefined, { DUET_STATE_DIR: '/y' }, 0), '/y');
    assert.equal(stateDirOf(undefined, { DUET_STATE_DIR: '' }, 0), '/var/lib/duet');
    assert.equal(stateDirOf(undefined, { ...home, XDG_STATE_HOME: '/s' }, 1), '/s/duet');
    assert.equal(stateDirOf(undefined, { ...home, XDG_STATE_HOME: 'relative' }, 1), '/home/a/.local/state/duet');
  });
});
