import type { BytePath } from '@duet/core';
import { unescapeName } from './escaped-name.js';

/** Something that rsync wrote to stderr, about an entry if it names one. */
export interface Complaint {
  readonly text: string;
  /** As it stands there: absolute, or relative to the source or the target. */
  readonly path: BytePath | undefined;
  /** What the system said: `Permission denied`, say. */
  readonly reason: string | undefined;
}

/** What rsync says of an entry in whose place another one stands; the name comes without quotes, to the end of the line. */
const IN_THE_WAY = /^(cannot delete non-empty directory|could not make way for .*?): (.*)$/;

/** Reads a line such as `rsync: [sender] send_files failed to open "/a/b": Permission denied (13)`, or `file has vanished: "/a/b"`; of two names, as of a rename, the second counts. */
export function parseComplaint(text: string): Complaint {
  const [, refusal, inTheWay] = IN_THE_WAY.exec(text) ?? [];
  if (inTheWay !== undefined) return { text, path: unescapeName(inTheWay), reason: refusal };
  const [, printed, reason] = /"(.*)"(?:: (.*?)(?: \(\d+\))?)?$/.exec(text) ?? [];
  return { text, path: printed === undefined ? undefined : unescapeName(printed.split('" -> "').at(-1) ?? printed), reason };
}
