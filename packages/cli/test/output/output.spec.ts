import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { FdWritable } from '../../src/output/fd-writable.js';
import { Output } from '../../src/output/output.js';
import { TextSink } from '../fake-environment.js';

const failing = (code: string) => new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });

describe('Output', () => {
  it('says once that its reader is gone, and drops what comes after', async () => {
    const output = new Output(failing('EPIPE'), { isTerminal: false });
    let gone = 0;
    output.onGone(() => (gone += 1));
    output.write('x');
    await output.flush();
    output.write('y');
    await output.drained();
    assert.deepEqual([gone, output.gone, output.busy], [1, true, false]);
  });

  it('tells any other failure', async () => {
    const output = new Output(failing('ENOSPC'), { isTerminal: false });
    output.write('x');
    await assert.rejects(output.flush(), { code: 'DUET_ERR_OUTPUT' });
  });

  it('says when more waits than should', async () => {
    const sink = new TextSink({ highWaterMark: 4 });
    const output = new Output(sink, { isTerminal: false });
    sink.cork();
    output.write('12345');
    assert.equal(output.full, true);
    sink.uncork();
    await output.drained();
    assert.equal(output.full, false);
  });

  it('writes all of it to a descriptor, in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duet-cli-'));
    const fd = openSync(join(folder, 'out'), 'w');
    const output = new Output(new FdWritable(fd), { isTerminal: false });
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`);
    for (const line of lines) output.write(line);
    await output.flush();
    closeSync(fd);
    assert.equal(readFileSync(join(folder, 'out'), 'utf8'), lines.join(''));
    rmSync(folder, { recursive: true });
  });
});
