import { isUtf8 } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';
import { Scratch } from '../scratch.js';
import type { NodeType } from './file-mode.js';
import { jsonOfBytes, jsonOfText, quotedName } from './go-text.js';
import { goTime } from './go-time.js';

/** One entry of a folder, as it is to stand in its list. */
export interface TreeNode {
  readonly name: BytePath;
  readonly type: NodeType;
  /** Bits of Go's `os.FileMode`. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  /** '' if the number has no name. */
  readonly user: BytePath;
  readonly group: BytePath;
  readonly inode: bigint;
  /** `st_dev` as stat(2) gives it. */
  readonly deviceId: bigint;
  /** Bytes, of a file. */
  readonly size?: number | undefined;
  readonly links?: number | undefined;
  readonly linkTarget?: BytePath | undefined;
  readonly extendedAttributes: readonly ExtendedAttribute[];
  /** `st_rdev` of a device as stat(2) gives it. */
  readonly device?: bigint | undefined;
  /** Ids of a file's chunks in hex. */
  readonly content?: readonly string[];
  /** Id of a folder's list in hex. */
  readonly subtree?: string;
}

/** A node without what it holds: the content of a file, the list of a folder. */
export type Metadata = Omit<TreeNode, 'name' | 'content' | 'subtree'>;

export interface ExtendedAttribute {
  readonly name: BytePath;
  readonly value: Uint8Array;
}

/**
 * A node in the spelling that restic has, byte for byte, so that both share
 * lists of folders that did not change.
 *
 * @see https://restic.readthedocs.io/en/stable/100_references.html#trees-and-data
 */
export function encodeNode(node: TreeNode): string {
  return encodeEntry(node.name, node, node.content, node.subtree);
}

/** The same of a node that need not be put together first: there are many. */
export function encodeEntry(name: BytePath, node: Metadata, content: readonly string[] | undefined, subtree: string | undefined): string {
  const { user, group, size, links, linkTarget, extendedAttributes, device } = node;
  let json = `{"name":${jsonOfText(quotedName(name))},"type":"${node.type}"`;
  if (node.mode !== 0) json += `,"mode":${node.mode}`;
  json += `,"mtime":"${goTime(node.mtimeNs)}","atime":"${goTime(node.atimeNs)}","ctime":"${goTime(node.ctimeNs)}","uid":${node.uid},"gid":${node.gid}`;
  if (user !== '') json += `,"user":${jsonOfBytes(user)}`;
  if (group !== '') json += `,"group":${jsonOfBytes(group)}`;
  if (node.inode !== 0n) json += `,"inode":${node.inode}`;
  if (node.deviceId !== 0n) json += `,"device_id":${node.deviceId}`;
  if (size !== undefined && size !== 0) json += `,"size":${size}`;
  if (links !== undefined && links !== 0) json += `,"links":${links}`;
  if (linkTarget !== undefined && linkTarget !== '') json += linkJson(linkTarget);
  if (extendedAttributes.length > 0) json += `,"extended_attributes":[${extendedAttributes.map(attributeJson).join(',')}]`;
  if (device !== undefined && device !== 0n) json += `,"device":${device}`;
  json += `,"content":${content === undefined ? 'null' : `[${content.map((id) => `"${id}"`).join(',')}]`}`;
  if (subtree !== undefined) json += `,"subtree":"${subtree}"`;
  return `${json}}`;
}

const COMMA = 0x2c;
const TREE_START = '{"nodes":[';
const TREE_END = ']}\n';
/** Bytes that a character takes at most. */
const CHARACTER_BYTES = 3;

/** The list of a folder whose nodes are in the order of their names' bytes: in `memory`, until that is used again. */
export function encodeTree(nodes: readonly string[], memory = new Scratch()): Buffer {
  // Piece by piece: lists put together as text first are large strings, each in memory of its own.
  const most = nodes.reduce((sum, node) => sum + 1 + node.length * CHARACTER_BYTES, TREE_START.length + TREE_END.length);
  const bytes = memory.atLeast(most);
  let at = bytes.write(TREE_START);
  for (const [i, node] of nodes.entries()) {
    if (i > 0) bytes[at++] = COMMA;
    at += bytes.write(node, at);
  }
  return bytes.subarray(0, at + bytes.write(TREE_END, at));
}

/** A target that is not UTF-8 stands there in base64 too, as newer versions of restic have it; the text alone would lose it. */
function linkJson(target: BytePath): string {
  const text = `,"linktarget":${jsonOfBytes(target)}`;
  return isUtf8(target) ? text : `${text},"linktarget_raw":"${Buffer.from(target, 'latin1').toString('base64')}"`;
}

function attributeJson({ name, value }: ExtendedAttribute): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return `{"name":${jsonOfBytes(name)},"value":"${bytes.toString('base64')}"}`;
}
