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

describe('the quickstart', function () {
  this.timeout(60_000);
  // Somebody else may drop the caches of the machine meanwhile.
  this.retries(3);

  it('scrubs, backs up and mirrors its tree, what is cached first, and says what was saved', () => {
    const output = quickstart();
    const rows = [...output.matchAll(/│ (\w+) +│ (\d+) +│ (\S+ \w+) +│ (\S+ \w+) +│ (\S+ \w+) +│/g)].map((match) => match.slice(1));
    assert.deepEqual(rows.map(([task, files, bytes]) => [task, files, bytes]), [['scrub', '20', '30 MiB'], ['backup', '20', '30 MiB'], ['rsync', '20', '30 MiB']]);
    // How much is still cached when its turn comes is up to the kernel; what comes first is up to Duet.
    assert.match(output, /What was cached came first: \S+ \(cached\)/);
    // Each byte comes from the disk once at most, whoever reads it first.
    const saved = Number(/: (\d+) % saved/.exec(output)?.[1]);
    assert.ok(saved >= 66, output);
  });

  it('works for a user without root', function () {
    if (process.getuid?.() !== 0) this.skip();
    const output = quickstart({ uid: 65534, gid: 65534 });
    assert.match(output, /Watching with cachestat/);
    assert.match(output, /│ backup +│ 20 +│ 30 MiB/);
  });
});
