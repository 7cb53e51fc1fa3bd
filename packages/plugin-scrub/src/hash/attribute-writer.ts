import { close, errnoName, Stat } from '@duet/core/kernel/syscalls';
import type { Root } from '@duet/core/kernel/read';
import { sameState } from '../record/record.js';
import { writeAttributes } from './attributes.js';
import type { TagJob, TagResult } from './hash-job.js';
import { formatShatagTime } from './shatag.js';

const stat = new Stat();

/** Writes cshatag's attributes of a file below `root`, unless it is in another state by now. */
export function tagFile(root: Root, { path, ino, state, sha256 }: TagJob): TagResult {
  const fd = root.openFile(path);
  if (fd < 0) return { errno: 'ESTALE' };
  try {
    stat.read(fd);
    if (stat.ino !== ino || !sameState(stat, state)) return { errno: 'ESTALE' };
    const failed = writeAttributes(fd, sha256, formatShatagTime(state.mtimeNs));
    if (failed < 0) return { errno: errnoName(failed) };
    stat.read(fd);
    // Written to meanwhile: then the digest is not of this content, and the attributes are of another mtime.
    if (stat.size !== state.size || stat.mtimeNs !== state.mtimeNs) return { errno: 'ESTALE' };
    return { state: stat.snapshot };
  } finally {
    close(fd);
  }
}
