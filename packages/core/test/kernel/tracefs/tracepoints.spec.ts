import assert from 'node:assert/strict';
import { filterFor } from '../../../src/kernel/tracefs/tracepoints.js';
import type { FilteredFs } from '../../../src/kernel/tracefs/tracepoints.js';

const ext4: FilteredFs = { dev: 7340032, fsType: 'ext4', bdiName: '7:0', inodes: undefined };
const btrfs: FilteredFs = { dev: 39, fsType: 'btrfs', bdiName: 'btrfs-1', inodes: undefined };

describe('filterFor', () => {
  it('names a file system as the event does', () => {
    assert.equal(filterFor('s_dev', [ext4]), 's_dev == 7340032');
    assert.equal(filterFor('dev', [ext4]), 'dev == 7340032');
    assert.equal(filterFor('name', [ext4]), 'name == "7:0"');
  });

  it('lets through several, each name once', () => {
    assert.equal(filterFor('s_dev', [ext4, { ...ext4, dev: 5 }]), '(s_dev == 7340032) || (s_dev == 5)');
    assert.equal(filterFor('name', [ext4, { ...ext4, dev: 5 }]), 'name == "7:0"');
  });

  it('keeps out the metadata of btrfs', () => {
    assert.equal(filterFor('s_dev', [btrfs, ext4]), '(s_dev == 39 && i_ino >= 256) || (s_dev == 7340032)');
    assert.equal(filterFor('name', [btrfs]), 'name == "btrfs-1" && ino >= 256');
    assert.match(filterFor('btrfs-files', [btrfs]), /root_objectid == 5 .* && ino >= 256$/);
  });

  it('lets through only the inodes that are wanted', () => {
    assert.equal(filterFor('s_dev', [{ ...ext4, inodes: [12, 13] }]), 's_dev == 7340032 && (i_ino == 12 || i_ino == 13)');
    assert.equal(filterFor('name', [{ ...btrfs, inodes: [257] }]), 'name == "btrfs-1" && (ino == 257)');
    assert.equal(filterFor('dev', [{ ...ext4, inodes: [12] }, { ...ext4, dev: 5 }]), '(dev == 7340032 && (ino == 12)) || (dev == 5)');
  });

  it('lets through all where too many are wanted to compare them one by one', () => {
    const many = Array.from({ length: 1000 }, (_, ino) => ino + 300);
    assert.equal(filterFor('s_dev', [{ ...ext4, inodes: many }]), filterFor('s_dev', [ext4]));
  });

  it('is empty for an event that cannot name the file system', () => {
    assert.equal(filterFor('name', [{ ...ext4, bdiName: undefined }]), '');
  });
});
