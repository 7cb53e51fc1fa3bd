import { relative } from 'node:path';
import { command } from '../lab/command.js';
import { duet } from './duet-command.js';

/** Hashes that a scrub's state database durably holds, by path below `root`. */
export function recordedSums(state: string, root: string): Map<string, string> {
  const [node = '', ...args] = duet('scrub', 'export', '--state', state);
  return sums(command(node, args), root);
}

/** Hashes of all files below `root`, by path below it, as sha256sum finds them. */
export function trueSums(root: string): Map<string, string> {
  return sums(command('sh', ['-c', 'find "$1" -type f -print0 | xargs -0 sha256sum', 'sh', root]), root);
}

function sums(lines: string, root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (match?.[1] && match[2]) found.set(match[2].startsWith('/') ? relative(root, match[2]) : match[2], match[1]);
  }
  return found;
}
