import { createHash } from 'node:crypto';
import { fromText } from '@duet/core';
import { compress } from '../src/compress/zstd.js';
import type { BlobType } from '../src/repository/blob.js';
import { LocalStorage } from '../src/repository/local-storage.js';
import { PackWriter } from '../src/repository/pack-writer.js';
import { Repository } from '../src/repository/repository.js';
import { saveSnapshot } from '../src/repository/snapshot.js';
import { encodeNode, encodeTree } from '../src/tree/node.js';
import type { TreeNode } from '../src/tree/node.js';
import { PASSWORD } from './restic.js';

/** A node of a plain file or folder; `fields` take the place of what they name. */
export function nodeOf(name: string, type: TreeNode['type'], fields: Partial<TreeNode> = {}): TreeNode {
  return {
    name: fromText(name),
    type,
    mode: type === 'dir' ? 2 ** 31 + 0o755 : 0o644,
    mtimeNs: 1n,
    atimeNs: 1n,
    ctimeNs: 1n,
    uid: process.getuid!(),
    gid: process.getgid!(),
    user: fromText(''),
    group: fromText(''),
    inode: 1n,
    deviceId: 1n,
    extendedAttributes: [],
    ...(type === 'file' ? { content: [] } : {}),
    ...fields,
  };
}

/** Writes a repository blob by blob, whatever sense it makes. */
export class MadeRepository {
  readonly #folder: string;
  readonly repository: Repository;

  private constructor(folder: string, repository: Repository) {
    this.#folder = folder;
    this.repository = repository;
  }

  static async in(folder: string): Promise<MadeRepository> {
    return new MadeRepository(folder, await Repository.init(LocalStorage.create(folder), PASSWORD));
  }

  /** A pack with one blob, in the index. The blob's id in hex. */
  async blob(type: BlobType, content: Buffer): Promise<string> {
    const { cipher } = this.repository;
    const id = createHash('sha256').update(content).digest();
    const writer = new PackWriter(this.#folder, cipher);
    writer.add({ type, id, uncompressedLength: content.length }, cipher.seal(compress(content, 3)));
    await this.repository.saveIndex([writer.finish()]);
    await this.repository.loadIndex();
    return id.toString('hex');
  }

  tree(...nodes: TreeNode[]): Promise<string> {
    return this.blob('tree', encodeTree(nodes.map(encodeNode)));
  }

  snapshot(tree: string, fields: { tags?: string[]; hostname?: string } = {}): Promise<string> {
    const time = new Date(2026, 0, 1).toISOString();
    return saveSnapshot(this.repository.files, { time, tree, paths: ['/made'], hostname: 'here', username: 'u', uid: 0, gid: 0, excludes: [], tags: [], ...fields });
  }
}
