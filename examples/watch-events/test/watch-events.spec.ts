import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

/** Runs the example until it says that it watches, does something, and gives what was printed within two seconds. */
async function watch(args: readonly string[], act: () => void): Promise<{ output: string; exitCode: number | null }> {
  const child = spawn(process.execPath, [main, ...args, '--duration', '2'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    if (data.toString().includes('watching')) act();
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { output, exitCode };
}

describe('watch-events', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'duet-watch-events-'));
    writeFileSync(join(folder, 'file'), Buffer.alloc(3 * 4096, 1));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('tells states: first what is cached, then what differs', async () => {
    const { output, exitCode } = await watch(['--events', 'exists,modified', '--paths', folder], () => writeFileSync(join(folder, 'file'), Buffer.alloc(5 * 4096, 2), { flag: 'r+' }));
    assert.equal(exitCode, 0);
    assert.match(output, /exists.*pages \d+\.\.\d+ "file"/);
  });

  it('tells events, for several paths', async () => {
    const { output } = await watch(['--events', 'added,removed,dirty,flushed', '--interval', '50', '--paths', folder, join(folder, 'file')], () => writeFileSync(join(folder, 'file'), Buffer.alloc(4 * 4096, 2)));
    assert.match(output, /added/);
  });

  it('refuses masks that contradict themselves', async () => {
    const { exitCode } = await watch(['--events', 'exists,added', folder], () => undefined);
    assert.notEqual(exitCode, 0);
  });
});
