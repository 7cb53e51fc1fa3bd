import { fromText } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { z } from 'zod';
import type { TreeNode } from '../tree/node.js';
import { unquotedName } from './unquoted-name.js';

/** Integers of 64 bits, which JSON numbers of JavaScript would round. */
const LARGE_INTEGER = /"(inode|device_id|device|size|links)":(\d{16,20})(?=[,}])/g;
const TIME = /^(-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

const idText = z.string().regex(/^[0-9a-f]{64}$/);
const uint64 = z.union([z.number().int().min(0), z.string().regex(/^\d+$/)]).transform((value) => BigInt(value));
const uint32 = z.number().int().min(0).max(0xffff_ffff);
const bytesOfText = z.string().transform((text) => fromText(text));
const base64 = z.string().transform((text) => Buffer.from(text, 'base64'));
const timeNs = z.string().transform((text, check) => {
  const ns = parseTime(text);
  if (ns !== undefined) return ns;
  check.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

const node = z.object({
  name: z.string().transform((quoted, check) => {
    const name = unquotedName(quoted);
    if (name !== undefined) return name;
    check.addIssue({ code: 'custom', message: 'not a name' });
    return z.NEVER;
  }),
  type: z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket']),
  mode: uint32.default(0),
  mtime: timeNs.default(0n),
  atime: timeNs.default(0n),
  ctime: timeNs.default(0n),
  uid: uint32.default(0),
  gid: uint32.default(0),
  user: bytesOfText.default('' as BytePath),
  group: bytesOfText.default('' as BytePath),
  inode: uint64.default(0n),
  device_id: uint64.default(0n),
  size: uint64.optional(),
  links: uint64.optional(),
  linktarget: bytesOfText.optional(),
  linktarget_raw: base64.optional(),
  extended_attributes: z.array(z.object({ name: bytesOfText, value: base64.nullish().transform((value) => value ?? Buffer.alloc(0)) })).nullish(),
  device: uint64.optional(),
  content: z.array(idText).nullish(),
  subtree: idText.nullish(),
});

const tree = z.object({ nodes: z.array(node).nullish() });

/** The nodes of a folder's list; undefined if it is none that is understood. Their names are what the list says, be it hostile. */
export function decodeTree(list: Buffer): TreeNode[] | undefined {
  // Within strings quotes are escaped, so that only members are met.
  const { data } = tree.safeParse(parse(list.toString().replace(LARGE_INTEGER, '"$1":"$2"')));
  return data?.nodes?.map(toNode) ?? (data && []);
}

function toNode(found: z.output<typeof node>): TreeNode {
  const { mtime, atime, ctime, device_id: deviceId, linktarget, linktarget_raw: raw, extended_attributes, size, links, content, subtree, device, ...rest } = found;
  const linkTarget = raw ? (raw.toString('latin1') as BytePath) : linktarget;
  return {
    ...rest,
    mtimeNs: mtime,
    atimeNs: atime,
    ctimeNs: ctime,
    deviceId,
    extendedAttributes: extended_attributes ?? [],
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(links === undefined ? {} : { links: Number(links) }),
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(device === undefined ? {} : { device }),
    ...(content ? { content } : {}),
    ...(subtree ? { subtree } : {}),
  };
}

/** Nanoseconds since 1970 of a time as Go writes it; undefined if it is none. */
export function parseTime(text: string): bigint | undefined {
  const [, date, fraction = '', zone] = TIME.exec(text) ?? [];
  const ms = Date.parse(`${date}${zone}`);
  return date === undefined || Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
