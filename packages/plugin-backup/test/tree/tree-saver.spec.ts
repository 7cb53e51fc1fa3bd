import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromText } from '@duet/core';
import { Root } from '@duet/core/kernel/read';
import { entryOf, NO_ENTRIES } from '../../src/content/content-entries.js';
import type { ContentEntries } from '../../src/content/content-entries.js';
import type { BlobSaver } from '../../src/pipeline/blob-saver.js';
import type { FileChunker } from '../../src/pipeline/file-chunker.js';
import { Selection } from '../../src/select/selection.js';
import { BareFiles } from '../../src/tree/bare-files.js';
import { MetadataReader } from '../../src/tree/metadata.js';
import { ReadyContents } from '../../src/tree/ready-contents.js';
import type { FileVersion } from '../../src/tree/ready-contents.js';
import { TreeSaver } from '../../src/tree/tree-saver.js';
import type { KnownContent, MetFile } from '../../src/tree/tree-messages.js';
import { useTempFolder } from '../temp-folder.js';

interface Node {
  readonly name: string;
  readonly type: string;
  readonly inode: number;
  readonly mtime: string;
  readonly content: readonly string[] | null;
  readonly extended_attributes?: unknown;
}

const CONTENT: KnownContent = { use: 'content', size: 1, mtimeNs: 0n, ctimeNs: 0n, entries: NO_ENTRIES };
const BARE: KnownContent = { use: 'bare', entries: NO_ENTRIES };

describe('a walk that saves the folders', () => {
  const folder = useTempFolder();
  const at = (name: string): string => join(folder.path, name);

  /** The nodes of the folder, and the files that were asked for. */
  function save(answer: (file: MetFile) => KnownContent, ready: Pick<ReadyContents, 'take'> = new ReadyContents()): { readonly nodes: readonly Node[]; readonly asked: readonly MetFile[] } {
    const root = Root.open(fromText(folder.path));
    const lists: Node[][] = [];
    const tree = (list: Uint8Array): Buffer => {
      lists.push((JSON.parse(Buffer.from(list).toString()) as { nodes: Node[] }).nodes);
      return createHash('sha256').update(list).digest();
    };
    const asked: MetFile[] = [];
    let answered = 0;
    try {
      const saved = new TreeSaver({
        root,
        saver: { tree } as unknown as BlobSaver,
        chunker: {} as FileChunker,
        bareFiles: new BareFiles([]),
        metadata: new MetadataReader(false),
        selection: new Selection(root, { exclude: [], runExclude: [], tags: [], oneFileSystem: false, pseudoDevs: [] }),
        ready,
        asker: { ask: (file) => void asked.push(file), answer: () => answer(asked[answered++]), bare: () => assert.fail('nothing is trusted'), settle: () => undefined, alive: () => undefined },
        stopped: () => false,
      }).save();
      assert.deepEqual(saved?.problems, []);
    } finally {
      root.close();
    }
    assert.equal(answered, asked.length);
    const depth = folder.path.split('/').length - 1;
    return { nodes: lists[lists.length - 1 - depth], asked };
  }

  it('does not open files that are known to have no extended attributes, and asks the others', () => {
    for (const name of ['known', 'unknown']) {
      writeFileSync(at(name), name);
      execFileSync('setfattr', ['-n', 'user.a', '-v', 'b', at(name)]);
    }
    const { nodes } = save(({ path }) => (path === 'known' ? BARE : CONTENT));
    const [known, unknown] = nodes;
    assert.equal(known.extended_attributes, undefined);
    assert.deepEqual(unknown.extended_attributes, [{ name: 'user.a', value: Buffer.from('b').toString('base64') }]);
    assert.notEqual(known.mtime, unknown.mtime, 'one is of the version that is there, the other of the one that was read');
  });

  it('does not ask for files of which it knows already, in the version that is there', () => {
    for (const name of ['changed', 'ready']) writeFileSync(at(name), name);
    const id = Buffer.alloc(32, 7);
    const take = (file: FileVersion): ContentEntries | undefined => (file.size === 'ready'.length ? entryOf(id, file.size) : undefined);
    const { nodes, asked } = save(() => CONTENT, { take });
    assert.deepEqual(asked.map(({ path }) => path), ['changed']);
    assert.deepEqual(nodes.map(({ name, content }) => [name, content]), [['changed', []], ['ready', [id.toString('hex')]]]);
  });

  it('takes what is there by then, whatever becomes of a file while it is asked for', () => {
    for (const name of ['folder', 'gone', 'link', 'other', 'same']) writeFileSync(at(name), name);
    const changes = new Map<string, () => void>([
      ['gone', () => unlinkSync(at('gone'))],
      ['link', () => (unlinkSync(at('link')), symlinkSync('same', at('link')))],
      ['other', () => (writeFileSync(at('new'), 'new'), renameSync(at('new'), at('other')))],
      ['folder', () => (unlinkSync(at('folder')), mkdirSync(at('folder')), writeFileSync(at('folder/in it'), ''))],
    ]);
    const { nodes, asked } = save(({ path }) => {
      changes.get(path)?.();
      changes.delete(path);
      return CONTENT;
    });
    assert.deepEqual(nodes.map(({ name, type }) => `${name} ${type}`), ['folder dir', 'link symlink', 'other file', 'same file']);
    assert.deepEqual(asked.map(({ path }) => path), ['folder', 'gone', 'link', 'other', 'same', 'folder/in it', 'other']);
    const [before, after] = asked.filter(({ path }) => path === 'other');
    assert.notEqual(before.ino, after.ino);
    assert.equal(nodes[2].inode, after.ino);
  });

  it('asks again for a file that changed while it was asked for, and not for others', async () => {
    const changes = new Map<string, () => void>([
      ['larger', () => appendFileSync(at('larger'), 'more')],
      ['mode', () => chmodSync(at('mode'), 0o600)],
      ['times', () => utimesSync(at('times'), 1, 1)],
    ]);
    for (const name of ['larger', 'mode', 'same', 'times']) writeFileSync(at(name), name);
    // Longer than the kernel's tick, by which the ctime goes.
    await sleep(30);
    const { nodes, asked } = save(({ path }) => {
      changes.get(path)?.();
      changes.delete(path);
      return CONTENT;
    });
    assert.deepEqual(nodes.map(({ name }) => name), ['larger', 'mode', 'same', 'times']);
    assert.deepEqual(asked.map(({ path }) => path), ['larger', 'mode', 'same', 'times', 'larger', 'mode', 'times']);
    assert.equal(asked[4].size, 'largermore'.length);
  });
});
