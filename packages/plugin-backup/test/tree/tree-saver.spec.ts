import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
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
import { FolderLook } from '../../src/tree/folder-look.js';
import { KnownLists } from '../../src/tree/known-lists.js';
import { MetadataReader } from '../../src/tree/metadata.js';
import { ReadyContents } from '../../src/tree/ready-contents.js';
import type { FileVersion } from '../../src/tree/ready-contents.js';
import { TreeSaver } from '../../src/tree/tree-saver.js';
import type { KnownContent, MetFile, SavedTree } from '../../src/tree/tree-messages.js';
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
  function save(answer: (file: MetFile) => KnownContent, ready: Pick<ReadyContents, 'take' | 'row' | 'told' | 'takeRows' | 'isFull'> = new ReadyContents()): { readonly nodes: readonly Node[]; readonly asked: readonly MetFile[] } {
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
    const { nodes, asked } = save(() => CONTENT, { take, row: () => -1, told: () => undefined, takeRows: () => undefined, isFull: false });
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

  describe('and knows lists of an earlier walk', () => {
    /** By then, whatever is done next has a later ctime. */
    const LATER_MS = 10_000;
    /** Lists that the repository has, by id in hex. */
    let there: Set<string>;
    let records: Uint8Array;

    beforeEach(() => {
      there = new Set();
      records = new Uint8Array();
      for (const name of ['a', 'a/b', 'c']) mkdirSync(at(name));
      for (const name of ['top', 'a/1', 'a/2', 'a/b/3', 'c/4']) writeFileSync(at(name), name);
    });

    /** The tree, what was asked for, and how many lists were made; files are known but for those named. */
    function walk(unknown: readonly string[] = [], keepsTrack = true, contentOf = (path: string): Buffer => readFileSync(at(path))): { readonly tree: SavedTree; readonly asked: readonly string[]; readonly made: number; readonly taken: readonly number[] } {
      const root = Root.open(fromText(folder.path));
      const ready = new ReadyContents();
      for (const path of readdirSync(folder.path, { recursive: true, encoding: 'utf8' })) {
        const { ino, dev, size, mtimeNs, ctimeNs, isFile } = fileAt(at(path));
        if (isFile && !unknown.includes(path)) ready.put(ino, { ino, statDev: dev, size, mtimeNs, ctimeNs }, entryOf(createHash('sha256').update(contentOf(path)).digest(), size));
      }
      const asked: string[] = [];
      let made = 0;
      const saver = {
        tree: (list: Uint8Array): Buffer => {
          made++;
          const id = createHash('sha256').update(list).digest();
          there.add(id.toString('hex'));
          return id;
        },
        hasTree: (id: Buffer) => there.has(id.toString('hex')),
      };
      try {
        const tree = new TreeSaver({
          root,
          saver: saver as unknown as BlobSaver,
          chunker: {} as FileChunker,
          bareFiles: new BareFiles([]),
          metadata: new MetadataReader(false),
          selection: new Selection(root, { exclude: [], runExclude: [], tags: [], oneFileSystem: false, pseudoDevs: [] }),
          ready,
          known: { lists: new KnownLists(records), look: new FolderLook({ bareFiles: { keepsTrackIn: () => keepsTrack }, seed: Buffer.alloc(0), goesOn: () => true, nowMs: () => Date.now() + LATER_MS }) },
          asker: { ask: (file) => void asked.push(file.path), answer: () => CONTENT, bare: () => undefined, settle: () => undefined, alive: () => undefined },
          stopped: () => false,
        }).save()!;
        records = tree.lists!;
        // Without those of the folders on the way to the root.
        return { tree, asked, made: made - (folder.path.split('/').length - 1), taken: [...ready.taken()] };
      } finally {
        root.close();
      }
    }

    it('makes none of them anew as long as nothing changes, and gives the same tree', () => {
      const first = walk();
      const second = walk();
      assert.deepEqual([first.made, second.made], [4, 0]);
      assert.deepEqual({ ...second.tree, lists: undefined }, { ...first.tree, lists: undefined });
      assert.equal(second.tree.files, 5);
      assert.deepEqual(second.taken, first.taken);
      assert.deepEqual(walk().tree, second.tree);
    });

    it('makes those anew in which something changed, and those above', async () => {
      walk();
      // Longer than the kernel's tick, by which the ctime goes.
      await sleep(30);
      const changes: readonly [() => void, number][] = [
        [() => writeFileSync(at('a/b/3'), 'other'), 3],
        [() => writeFileSync(at('c/5'), 'new'), 2],
        [() => chmodSync(at('top'), 0o600), 1],
        [() => chmodSync(at('a'), 0o700), 1],
        [() => renameSync(at('c/5'), at('a/b/5')), 4],
        [() => rmSync(at('a/b'), { recursive: true }), 2],
      ];
      for (const [change, made] of changes) {
        change();
        const known = walk();
        assert.deepEqual([known.made, known.asked], [made, []], String(change));
        const kept = records;
        records = new Uint8Array();
        assert.deepEqual(known.tree, walk().tree, String(change));
        records = kept;
      }
    });

    it('makes those anew that the repository lacks, or of whose files the content is not known', () => {
      const { tree } = walk();
      there.clear();
      assert.equal(walk().made, 4);
      const lacking = walk(['a/b/3']);
      assert.deepEqual([lacking.made, lacking.asked], [3, ['a/b/3']]);
      // What was asked for may be of another version: it is not remembered.
      assert.deepEqual([walk(['a/b/3']).asked, walk().tree.id], [['a/b/3'], tree.id]);
    });

    it('makes those anew of whose files the content is another one in the same version', () => {
      walk();
      const other = (path: string): Buffer => Buffer.from(path === 'a/b/3' ? 'read again' : readFileSync(at(path)));
      const forced = walk([], true, other);
      assert.deepEqual([forced.made, forced.asked], [3, []]);
      assert.deepEqual([walk([], true, other).made, walk([], true, other).tree.id], [0, forced.tree.id]);
      assert.equal(walk().made, 3);
    });

    it('remembers none where changes may go unseen', () => {
      walk([], false);
      assert.equal(records.length, 0);
    });
  });
});

function fileAt(path: string): FileVersion & { readonly dev: number; readonly isFile: boolean } {
  const stat = lstatSync(path, { bigint: true });
  const dev = Number((stat.dev >> 8n) & 0xfffn) * 0x100000 + Number((stat.dev & 0xffn) | ((stat.dev >> 12n) & ~0xffn));
  return { ino: Number(stat.ino), dev, statDev: dev, size: Number(stat.size), mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, isFile: stat.isFile() };
}
