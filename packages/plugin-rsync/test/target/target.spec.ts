import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { parseTarget } from '../../src/target/target.js';

describe('targets', () => {
  it('are told apart as rsync does', () => {
    assert.deepEqual(parseTarget('/srv/mirror'), { kind: 'local', path: '/srv/mirror', argument: '/srv/mirror/' });
    assert.deepEqual(parseTarget('mirror'), { kind: 'local', path: resolve('mirror'), argument: `${resolve('mirror')}/` });
    assert.deepEqual(parseTarget('./a:b'), { kind: 'local', path: resolve('a:b'), argument: `${resolve('a:b')}/` });
    assert.deepEqual(parseTarget('host:/srv'), { kind: 'ssh', host: 'host', argument: 'host:/srv/' });
    assert.deepEqual(parseTarget('me@host:'), { kind: 'ssh', host: 'me@host', argument: 'me@host:' });
    assert.deepEqual(parseTarget('[::1]:x'), { kind: 'ssh', host: '[::1]', argument: '[::1]:x/' });
    assert.deepEqual(parseTarget('me@host::module/sub'), { kind: 'daemon', argument: 'me@host::module/sub/' });
    assert.deepEqual(parseTarget('rsync://me@host:8730/module'), { kind: 'daemon', argument: 'rsync://me@host:8730/module/' });
  });

  it('are refused where some program could take them for something else', () => {
    for (const bad of ['', '-oProxyCommand=x:/y', '-e sh:x', 'a b:/x', 'host;x:/y', '$(x):/y', 'me@-x:/y', '-me@host:/y', ':/x', 'host::', 'host::-x', 'host::/abs', 'rsync://', 'rsync://host', 'rsync://-x/m', 'rsync:///m', 'a\0b', "h'x:/y", 'h\nx:/y']) {
      assert.equal(typeof parseTarget(bad), 'string', bad);
    }
  });

  it('never become an option, nor a host that is one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('-', ':', '/', '@', '[', ']', 'a', 'rsync://', '.')).map((parts) => parts.join(''))), (text) => {
        const target = parseTarget(text);
        if (typeof target === 'string') return;
        assert.ok(!target.argument.startsWith('-'));
        if (target.kind === 'ssh') assert.match(target.host, /^[\w.[]/);
        if (target.kind === 'local') assert.ok(target.path.startsWith('/'));
      }),
      { numRuns: 2000 },
    );
  });
});
