import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupFixture } from './backup-fixture.js';
import { needsRestic, restic } from './restic.js';

describe('a backup of a path with mounts below it', function () {
  this.timeout(60_000);
  let fixture: BackupFixture;
  const mounts: string[] = [];

  before(function () {
    needsRestic(this);
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    fixture = await BackupFixture.make();
    writeFileSync(join(fixture.source, 'file'), 'here');
    for (const [type, name] of [['tmpfs', 'other'], ['proc', 'proc']] as const) {
      const point = join(fixture.source, name);
      mkdirSync(point);
      execFileSync('mount', ['-t', type, `duet-test-${type}`, point]);
      mounts.push(point);
    }
    mkdirSync(join(fixture.source, 'other/folder'));
    writeFileSync(join(fixture.source, 'other/folder/file'), 'there');
  });

  afterEach(() => {
    for (const point of mounts.splice(0)) execFileSync('umount', [point]);
    fixture.remove();
  });

  function names(): string[] {
    return restic(fixture.repo, 'ls', 'latest')
      .split('\n')
      .filter((line) => line.startsWith(`${fixture.source}/`))
      .map((line) => line.slice(fixture.source.length + 1));
  }

  it('has what is on them, but for those of the kernel', async () => {
    assert.equal((await fixture.run()).summary.exitCode, 0);
    assert.deepEqual(names(), ['file', 'other', 'other/folder', 'other/folder/file', 'proc']);
  });

  it('has their mount points alone if it is to stay on one file system, as restic', async () => {
    await fixture.run({ oneFileSystem: true });
    const ours = names();
    assert.deepEqual(ours, ['file', 'other', 'proc']);
    restic(fixture.repo, 'backup', '-q', '--force', '--one-file-system', fixture.source);
    assert.deepEqual(names(), ours);
  });
});
