import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatusSocket, processStatuses } from '../../src/store/index.js';

const fail = (error: Error): never => assert.fail(error);

describe('StatusSocket', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'duet-status-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const sockets = (): string[] => readdirSync(join(folder, 'status'));

  it('answers what is so when it is asked, and is gone when closed', async () => {
    let count = 0;
    const one = new StatusSocket(folder, () => ({ name: 'one', count: ++count }), fail);
    const two = new StatusSocket(folder, () => ({ name: 'two' }), fail);
    for (const expected of [1, 2]) {
      assert.deepEqual(await processStatuses(folder), [
        { pid: process.pid, status: { name: 'one', count: expected } },
        { pid: process.pid, status: { name: 'two' } },
      ]);
    }
    assert.equal(statSync(join(folder, 'status')).mode & 0o777, 0o700);
    await one.close();
    assert.deepEqual(await processStatuses(folder), [{ pid: process.pid, status: { name: 'two' } }]);
    await two.close();
    assert.deepEqual([await processStatuses(folder), sockets()], [[], []]);
  });

  it('makes nothing by looking', async () => {
    assert.deepEqual(await processStatuses(folder), []);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('works in a folder whose path is longer than an address', async () => {
    const deep = join(folder, 'x'.repeat(200));
    mkdirSync(deep);
    const socket = new StatusSocket(deep, () => ({ deep: true }), fail);
    assert.deepEqual(await processStatuses(deep), [{ pid: process.pid, status: { deep: true } }]);
    await socket.close();
  });

  it('closes although somebody who asked does not go', async () => {
    const socket = new StatusSocket(folder, () => ({}), fail);
    const asker = connect(join(folder, 'status', sockets()[0]));
    await once(asker, 'connect');
    await socket.close();
    asker.destroy();
  });

  it('tells of a process that is stopped that it does not answer, and clears away what a killed one left', async function () {
    this.timeout(20_000);
    const index = new URL('../../src/store/index.js', import.meta.url).href;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', `import { StatusSocket } from '${index}'; new StatusSocket(process.argv[1], () => ({ mine: true }), (error) => { throw error; }); setInterval(() => undefined, 1000); console.log('ready');`, folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      assert.deepEqual(await processStatuses(folder), [{ pid: child.pid, status: { mine: true } }]);
      child.kill('SIGSTOP');
      assert.deepEqual(await processStatuses(folder), [{ pid: child.pid, status: undefined }]);
      assert.equal(sockets().length, 1);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    assert.deepEqual(await processStatuses(folder), []);
    assert.deepEqual(sockets(), []);
  });

  it('leaves alone what is none', async () => {
    mkdirSync(join(folder, 'status'));
    writeFileSync(join(folder, 'status', 'note'), '');
    assert.deepEqual(await processStatuses(folder), []);
    assert.ok(existsSync(join(folder, 'status', 'note')));
  });
});
