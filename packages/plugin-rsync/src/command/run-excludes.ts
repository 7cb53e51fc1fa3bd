import { DuetError } from '@duet/core';
import { withoutOuterSlashes } from '@duet/core/kernel/excludes';

/** What the run's globs have and rsync's patterns don't: alternatives, extended globs, negation. */
const FOREIGN = /[{}()]|^!/;

/**
 * What the run leaves out, in rsync's words. A glob without a slash is a name
 * at any depth in both; one with a slash is relative to the path. Where the
 * run's `**` may stand for no folder at all, rsync is given both.
 *
 * @throws {DuetError} `DUET_ERR_PLUGIN_OPTION` for a glob that rsync has no pattern for
 */
export function runExcludes(globs: readonly string[]): string[] {
  return globs.flatMap((glob) => {
    if (FOREIGN.test(glob)) {
      throw new DuetError('DUET_ERR_PLUGIN_OPTION', {
        operation: 'leave files out of the mirror',
        message: `rsync has no pattern for '${glob}', which the run leaves out`,
        hint: 'write several globs without braces, parentheses and negation',
      });
    }
    const { glob: pattern, anchored } = withoutOuterSlashes(glob);
    return pattern === '' ? [] : withoutFolders(anchored ? `/${pattern}` : pattern).map((one) => `--exclude=${one}`);
  });
}

/** The pattern, with each `/**\/` as it stands and as one slash. */
function withoutFolders(pattern: string): string[] {
  const at = pattern.indexOf('/**/');
  if (at < 0) return [pattern];
  const rests = withoutFolders(pattern.slice(at + 3));
  return [...rests.map((rest) => pattern.slice(0, at) + '/**' + rest), ...rests.map((rest) => pattern.slice(0, at) + rest)];
}
