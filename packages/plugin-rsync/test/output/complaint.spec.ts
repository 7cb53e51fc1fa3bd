import assert from 'node:assert/strict';
import { parseComplaint } from '../../src/output/complaint.js';

describe('what rsync complains of', () => {
  it('names an entry, and why', () => {
    assert.deepEqual(parseComplaint('rsync: [sender] send_files failed to open "/a/new\\#012line": Permission denied (13)'), {
      text: 'rsync: [sender] send_files failed to open "/a/new\\#012line": Permission denied (13)',
      path: '/a/new\nline',
      reason: 'Permission denied',
    });
    assert.equal(parseComplaint('file has vanished: "/a/b"').path, '/a/b');
    assert.deepEqual(parseComplaint('rsync: [receiver] rename "/t/.b.ngUS1a" -> "a/b": Operation not permitted (1)').path, 'a/b');
    assert.equal(parseComplaint('rsync: [receiver] mkstemp "/t/.a"b.Xy12ab" failed: No space left on device (28)').path, undefined);
  });

  it('names an entry that another one is in the way of', () => {
    assert.deepEqual(parseComplaint('could not make way for new regular file: a/b: \\#012c').path, 'a/b: \nc');
    assert.deepEqual(parseComplaint('cannot delete non-empty directory: f'), { text: 'cannot delete non-empty directory: f', path: 'f', reason: 'cannot delete non-empty directory' });
  });

  it('or nothing', () => {
    assert.equal(parseComplaint('rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338)').path, undefined);
  });
});
