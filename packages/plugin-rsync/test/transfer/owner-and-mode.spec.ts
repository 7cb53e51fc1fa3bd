import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, fchownSync, fstatSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { giveOwnerAndMode } from '../../src/transfer/owner-and-mode.js';
import type { OwnerAndMode } from '../../src/transfer/owner-and-mode.js';
import { isRoot } from '../fixtures/every-kind.js';
import { useTempFolder } from '../fixtures/temp-folder.js';

const GIVING = fileURLToPath(new URL('../fixtures/give-owner-and-mode.js', import.meta.url));
const [uid, gid] = [process.getuid!(), process.getgid!()];
const [OTHER_USER, OTHER_GROUP] = [12_345, 54_321];

describe('owner and mode of a copy', () => {
  const temp = useTempFolder();
  let fd: number;

  beforeEach(() => {
    fd = openSync(join(temp.path, 'copy'), 'w', 0o600);
    fchownSync(fd, uid, gid);
  });

  afterEach(() => closeSync(fd));

  function found(): { readonly owner: string; readonly mode: string } {
    const stat = fstatSync(fd);
    return { owner: `${stat.uid}:${stat.gid}`, mode: (stat.mode & 0o7777).toString(8) };
  }

  /** Gives it as root does who may do no more than anybody else. */
  function giveWithoutPrivileges(given: OwnerAndMode, groups = '--clear-groups'): void {
    execFileSync('setpriv', [groups, '--bounding-set=-all', '--inh-caps=-all', '--', process.execPath, GIVING, JSON.stringify(given)], { stdio: ['ignore', 'ignore', 'inherit', fd] });
  }

  it('are those of the source', () => {
    for (const mode of [0o640, 0o400, 0o4755, 0o2750]) {
      giveOwnerAndMode(fd, { uid, gid, mode: 0o100_000 | mode }, false);
      assert.deepEqual(found(), { owner: `${uid}:${gid}`, mode: mode.toString(8) });
    }
  });

  it("are another user's as well, whose program it is", function () {
    if (!isRoot) this.skip();
    giveOwnerAndMode(fd, { uid: OTHER_USER, gid: OTHER_GROUP, mode: 0o106_755 }, false);
    assert.deepEqual(found(), { owner: `${OTHER_USER}:${OTHER_GROUP}`, mode: '6755' });
  });

  it('leave out the bits of the group where it cannot be set, and make no program of somebody else run as the own', function () {
    if (!isRoot) this.skip();
    giveWithoutPrivileges({ uid: OTHER_USER, gid: OTHER_GROUP, mode: 0o106_775 });
    assert.deepEqual(found(), { owner: `${uid}:${gid}`, mode: '705' });
  });

  it('are those of the group at least, where the user is in it', function () {
    if (!isRoot) this.skip();
    giveWithoutPrivileges({ uid: OTHER_USER, gid: OTHER_GROUP, mode: 0o106_750 }, `--groups=${OTHER_GROUP}`);
    assert.deepEqual(found(), { owner: `${uid}:${OTHER_GROUP}`, mode: '750' });
  });

  it('let nobody in by an access control list that the target passes on', () => {
    closeSync(fd);
    rmSync(join(temp.path, 'copy'));
    chmodSync(temp.path, 0o700);
    execFileSync('setfacl', ['-d', '-m', 'u:1:rw', temp.path]);
    fd = openSync(join(temp.path, 'copy'), 'w', 0o600);
    giveOwnerAndMode(fd, { uid, gid, mode: 0o100_664 }, true);
    assert.deepEqual(found(), { owner: `${uid}:${gid}`, mode: '604' });
    assert.match(execFileSync('getfacl', ['-cnp', '--', join(temp.path, 'copy')], { encoding: 'utf8' }), /^user:1:rw-\s*#effective:---$/m);
  });
});
