import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryGroups } from '../../../src/kernel/control-groups.js';
import type { CacheMemoryState } from '../../../src/kernel/memory/index.js';
import { dropCache } from '../cache-control.js';
import { needsRealKernel } from '../loop-fs.js';

const MIB = 2 ** 20;
const program = fileURLToPath(new URL('./read-in-group.js', import.meta.url));

describe('CacheMemory in a control group', function () {
  this.timeout(60_000);
  this.retries(2);
  const made: string[] = [];
  let version: 1 | 2;
  let folder: string;

  /** Makes a group with a limit, below the one that the hierarchy starts with or another of the test's own. */
  function makeGroup(parent: string, name: string, limitBytes?: number): string {
    const group = join(parent, name);
    mkdirSync(group);
    made.unshift(group);
    if (version === 2) writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory');
    if (limitBytes !== undefined) writeFileSync(join(group, version === 2 ? 'memory.max' : 'memory.limit_in_bytes'), String(limitBytes));
    return group;
  }

  function top(): string {
    return memoryGroups(readFileSync('/proc/self/cgroup', 'latin1'), readFileSync('/proc/self/mountinfo'))!.folders.at(-1)!;
  }

  function readIn(group: string, ...files: string[]): { before: CacheMemoryState; after: CacheMemoryState; readingUs: number } {
    const join = 'echo $$ > "$1"/cgroup.procs && shift && exec "$@"';
    return JSON.parse(execFileSync('sh', ['-c', join, 'sh', group, process.execPath, program, ...files], { encoding: 'utf8' }));
  }

  const files = (): [string, string] => [join(folder, 'small'), join(folder, 'large')];

  before(function () {
    needsRealKernel(this);
    const found = memoryGroups(readFileSync('/proc/self/cgroup', 'latin1'), readFileSync('/proc/self/mountinfo'));
    if (found === undefined) return this.skip();
    version = found.version;
    folder = mkdtempSync(join(tmpdir(), 'duet-memory-'));
    writeFileSync(files()[0], Buffer.alloc(MIB, 1));
    writeFileSync(files()[1], Buffer.alloc(32 * MIB, 1));
  });
  beforeEach(() => files().forEach(dropCache));
  afterEach(() => {
    for (const group of made.splice(0)) rmdirSync(group);
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('sees the limit, and the cache grow by what is read', () => {
    const group = makeGroup(top(), `duet-memory-${process.pid}`, 256 * MIB);
    const { before, after, readingUs } = readIn(group, ...files());
    assert.equal(before.limitBytes, 256 * MIB);
    // Each CPU may have charged up to 64 pages ahead, and counts of the cache are as exact.
    near(after.fileBytes - before.fileBytes, 32 * MIB, 2 * MIB);
    // The program holds what it read as well.
    near(before.headroomBytes - after.headroomBytes, 64 * MIB, 8 * MIB);
    near(before.capacityBytes - after.capacityBytes, 32 * MIB, 8 * MIB);
    assert.ok(after.capacityBytes > 64 * MIB && after.capacityBytes < 256 * MIB);
    assert.ok(readingUs < 2000, `${readingUs} µs a reading`);
  });

  it('sees the limit of a group above', () => {
    const outer = makeGroup(top(), `duet-memory-${process.pid}`, 192 * MIB);
    const inner = makeGroup(outer, 'inner');
    const { before, after } = readIn(inner, ...files());
    assert.equal(before.limitBytes, 192 * MIB);
    near(after.fileBytes - before.fileBytes, 32 * MIB, 2 * MIB);
  });

  it('sees no headroom where the cache has filled the group', () => {
    const group = makeGroup(top(), `duet-memory-${process.pid}`, 96 * MIB);
    const { after } = readIn(group, ...files());
    assert.ok(after.headroomBytes < 32 * MIB);
    assert.ok(after.usedBytes <= 96 * MIB);
  });

  function near(actual: number, expected: number, byBytes: number): void {
    assert.ok(Math.abs(actual - expected) <= byBytes, `${actual / MIB} MiB instead of ${expected / MIB}`);
  }
});
