import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAdmin } from '../../../src/kernel/syscalls/index.js';
import { needsRealKernel } from '../loop-fs.js';

describe('an administrator', function () {
  before(function () {
    needsRealKernel(this);
  });

  const index = new URL('../../../src/kernel/syscalls/index.js', import.meta.url);
  const asking = [process.execPath, '--input-type=module', '--eval', `import { isAdmin } from '${index.href}'; process.stdout.write(String(isAdmin()));`];

  it('is root with all capabilities, and not without that of the administration', () => {
    assert.equal(isAdmin(), true);
    assert.equal(execFileSync('setpriv', ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin', ...asking], { encoding: 'utf8' }), 'false');
  });

  it('is not root of a user namespace', () => {
    assert.equal(execFileSync('unshare', ['--user', '--map-root-user', ...asking], { encoding: 'utf8' }), 'false');
  });

  it('is not root of a user namespace with the map of the first one', async () => {
    const child = spawn('unshare', ['--user', 'sh', '-c', 'read go && exec "$@"', 'sh', ...asking], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    while (readlinkSync(`/proc/${child.pid}/ns/user`) === readlinkSync('/proc/self/ns/user')) await sleep(5);
    const map = readFileSync('/proc/self/uid_map', 'latin1');
    writeFileSync(`/proc/${child.pid}/uid_map`, map);
    assert.equal(readFileSync(`/proc/${child.pid}/uid_map`, 'latin1'), map);
    child.stdin.end('\n');
    assert.equal(await text(child.stdout), 'false');
  });
});
