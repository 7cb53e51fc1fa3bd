import { resolve } from 'node:path';
import type { RsyncOptions } from '../options.js';
import { ITEM_FORMAT } from '../output/item-line.js';
import { runExcludes } from './run-excludes.js';
import { joinWords } from '../target/shell-words.js';

/** Seconds after which a silent connection counts as lost, and one that is not made. */
const TIMEOUT_S = 300;
const CONNECT_TIMEOUT_S = 30;
const PARTIAL_DIR = '.rsync-partial';

/** What an rsync is started for. */
export interface Passes {
  /** Tells what would be done to the target, reads no content (unless `checksum`) and changes nothing. */
  readonly survey: readonly string[];
  /** Transfers the content of the files on a list. */
  readonly batch: readonly string[];
  /** Gives the target's top its mode, owner and what else is kept, and touches nothing in it. */
  readonly top: readonly string[];
  /** Makes the folders on a list anew in `place`, a folder in that of unfinished files. */
  readonly newFolders: (place: string) => readonly string[];
  /** Tells what is left to do of the files on a list. */
  readonly rest: readonly string[];
  /** Does all that is left, and removes the folder of unfinished files. */
  readonly last: readonly string[];
  /** Only removes that folder. */
  readonly sweep: readonly string[];
  /** Tells what differs after the last pass. */
  readonly proof: readonly string[];
  /** Makes the folder of unfinished files, from a folder that holds one. */
  readonly prepare: readonly string[];
  /** Compares content, both ways. */
  readonly verify: readonly string[];
}

/**
 * Arguments for all that a mirror does, all for the current folder as source.
 * `unfinished`: name of the folder at the top of the target in which files are
 * until they are whole. `shell`: words of the remote shell. `exclude`: globs of
 * what the run leaves out, whatever the options say.
 *
 * Values of options stand behind a `=`, names of files on lists that are ended
 * by NUL; what stands alone comes after `--`.
 */
export function passes(options: RsyncOptions, unfinished: string, shell: readonly string[] | undefined, exclude: readonly string[] = []): Passes {
  const { target } = options;
  const ends = ['--', './', target.argument];
  // -s: the path of a host does not pass through its shell.
  const silent = ['-s', ...connection(options, shell)];
  const always = [...silent, `--out-format=${ITEM_FORMAT}`];
  const kept = flags({ '-A': options.acls, '-X': options.xattrs, '-S': options.sparse, '--numeric-ids': options.numericIds });
  const sent = [...kept, ...how(options)];
  const own = [`--filter=H /${unfinished}`, `--filter=R /${unfinished}`, `--filter=R /${unfinished}/**`];
  const spared = [`--filter=H /${unfinished}`, `--filter=P /${unfinished}`];
  const chosen = [...flags({ '-H': options.hardLinks, '-x': options.oneFileSystem, '--delete-excluded': options.delete && options.deleteExcluded }), ...runExcludes(exclude), ...filters(options)];
  const times = options.modifyWindow === undefined ? [] : [`--modify-window=${options.modifyWindow}`];
  const compared = [...flags({ '-c': options.checksum }), ...times];
  const list = ['--files-from=-', '--from0'];
  const counted = options.delete && options.maxDelete !== undefined ? [`--max-delete=${options.maxDelete}`] : [];
  // Without `delete` everything but the folder of unfinished files is protected.
  const deleted = options.delete ? ['--delete'] : ['--delete', '--filter=P *'];
  return {
    survey: ['-an', ...always, ...kept, ...compared, ...spared, ...chosen, ...ends],
    batch: ['-aO', ...silent, ...sent, `--temp-dir=${unfinished}`, ...list, ...flags({ '-I': options.checksum }), ...times, ...ends],
    top: ['-aO', ...silent, ...kept, '--no-r', '-d', '--exclude=*', ...ends],
    // -I: what is there already is of a try that was cut off.
    newFolders: (place) => ['-aOI', ...silent, ...sent, '--inplace', ...list, '--', './', `${target.argument}${unfinished}/${place}/`],
    rest: ['-anO', ...always, ...kept, ...compared, ...list, ...ends],
    last: ['-a', ...always, ...kept, ...compared, ...how(options), ...own, ...deleted, ...counted, ...chosen, ...ends],
    sweep: ['-d', ...always, ...own, '--delete', '--filter=P *', '--exclude=*', ...ends],
    // What was read once more by content just now is not read a third time.
    proof: ['-ani', ...always, ...kept, ...times, ...flags({ '--delete': options.delete }), ...spared, ...chosen, ...ends],
    prepare: ['-d', ...silent, ...list, ...ends],
    verify: ['-anc', ...always, ...kept, '--delete', ...spared, ...chosen, ...ends],
  };
}

function connection({ target, port, passwordFile, timeout, rsyncPath }: RsyncOptions, shell: readonly string[] | undefined): string[] {
  if (target.kind === 'local') return timeout === undefined ? [] : [`--timeout=${timeout}`];
  const some = [`--timeout=${timeout ?? TIMEOUT_S}`];
  if (shell !== undefined) some.push(`--rsh=${joinWords(shell)}`);
  else some.push(`--contimeout=${CONNECT_TIMEOUT_S}`);
  if (rsyncPath !== undefined) some.push(`--rsync-path=${rsyncPath}`);
  if (port !== undefined) some.push(`--port=${port}`);
  if (passwordFile !== undefined) some.push(`--password-file=${resolve(passwordFile)}`);
  return some;
}

/** How content is transferred. */
function how({ target, compress, bwlimit, inplace, wholeFile, partialDir, fsync }: RsyncOptions): string[] {
  const some = flags({ '-z': compress, '--inplace': inplace, '--whole-file': wholeFile === true, '--no-whole-file': wholeFile === false, '--fsync': fsync && target.kind !== 'local' });
  if (bwlimit !== undefined) some.push(`--bwlimit=${bwlimit}`);
  const partial = partialDir ?? (target.kind === 'local' || inplace ? undefined : PARTIAL_DIR);
  if (partial !== undefined) some.push(`--partial-dir=${partial}`);
  return some;
}

function filters({ filter, include, exclude, excludeFrom }: RsyncOptions): string[] {
  return [
    ...filter.map((rule) => `--filter=${rule}`),
    ...include.map((pattern) => `--include=${pattern}`),
    ...exclude.map((pattern) => `--exclude=${pattern}`),
    ...excludeFrom.map((file) => `--exclude-from=${resolve(file)}`),
  ];
}

function flags(wanted: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(wanted).filter((flag) => wanted[flag]);
}
