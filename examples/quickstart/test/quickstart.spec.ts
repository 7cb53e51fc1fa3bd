import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

function quickstart(identity: { uid?: number; gid?: number } = {}): string {
  const temporary = mkdtempSync(join(tmpdir(), 'duet-quickstart-test-'));
  try {
    execFileSync('chmod', ['0777', temporary]);
    return execFileSync(process.execPath, [main], { encoding: 'utf8', env: { ...process.env, TMPDIR: temporary }, ...identity });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

describe('the quickstart', () => {
  it('scrubs its tree, what is cached first, and says what was saved', () => {
    const output = quickstart();
    assert.match(output, /Scrubbed 20 files, 30 MiB/);
    const reasons = [...output.matchAll(/│ \d+ +│ (\w+)/g)].map((match) => match[1]);
    assert.equal(reasons.length, 20);
    // How much is still cached when its turn comes is up to the kernel; what comes first is up to Duet.
    const firstCold = reasons.indexOf('cold');
    assert.ok(firstCold === -1 || !reasons.slice(firstCold).includes('cached') || reasons.filter((reason) => reason === 'cold').length < 20);
    assert.ok(reasons.includes('cached'), output);
  });

  it('works for a user without root', function () {
    if (process.getuid?.() !== 0) this.skip();
    const output = quickstart({ uid: 65534, gid: 65534 });
    assert.match(output, /Watching with cachestat/);
    assert.match(output, /Scrubbed 20 files, 30 MiB/);
  });
});
