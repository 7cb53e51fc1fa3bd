import { readSync } from 'node:fs';
import type { Root } from '@duet/core/kernel/read';
import { close, Stat } from '@duet/core/kernel/syscalls';
import { fromText, joinPath } from '@duet/core/model';
import type { BytePath } from '@duet/core/model';

/** A file that has what lies beside it left out. */
export interface FolderTag {
  readonly name: string;
  /** What the file has to begin with; '': anything. */
  readonly beginning: string;
}

/** @see https://bford.info/cachedir/ */
export const CACHEDIR_TAG: FolderTag = { name: 'CACHEDIR.TAG', beginning: 'Signature: 8a477f597d28d172789f06886806bc55' };

/** The tag that `NAME` or `NAME:BEGINNING` stands for. */
export function folderTag(text: string): FolderTag {
  const colon = text.indexOf(':');
  return colon < 0 ? { name: text, beginning: '' } : { name: text.slice(0, colon), beginning: text.slice(colon + 1) };
}

/** Folders whose answer is remembered; a tree has far fewer at a time. */
const REMEMBERED = 10_000;

/** Looks which folders have a tag in them. */
export class FolderTags {
  readonly #root: Root;
  readonly #tags: readonly FolderTag[];
  readonly #stat = new Stat();
  readonly #known = new Map<BytePath, BytePath | undefined>();

  constructor(root: Root, tags: readonly FolderTag[]) {
    this.#root = root;
    this.#tags = tags;
  }

  /** Whether no folder has one. */
  get isEmpty(): boolean {
    return this.#tags.length === 0;
  }

  /** The name of the tag that a folder, relative to the root, has: the one file in it that is backed up. Undefined if it has none. */
  in(folder: BytePath): BytePath | undefined {
    if (this.isEmpty) return undefined;
    if (this.#known.has(folder)) return this.#known.get(folder);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const tag = this.#tags.find((one) => this.#has(folder, one));
    const name = tag === undefined ? undefined : fromText(tag.name);
    this.#known.set(folder, name);
    return name;
  }

  #has(folder: BytePath, { name, beginning }: FolderTag): boolean {
    const path = joinPath(folder, fromText(name));
    const fd = beginning === '' ? this.#root.locate(path) : this.#root.openFile(path);
    if (fd < 0) return false;
    try {
      if (beginning === '') return true;
      const wanted = Buffer.from(beginning);
      const found = Buffer.alloc(wanted.length);
      return this.#stat.read(fd) === 0 && this.#stat.isRegular && readSync(fd, found, 0, found.length, 0) === wanted.length && found.equals(wanted);
    } finally {
      close(fd);
    }
  }
}
