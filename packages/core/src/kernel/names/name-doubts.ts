import type { FolderEntry, Inode, NameEvent, NameSink } from '../../model/index.js';

/** More names than this between two moments at which nothing was waiting are not kept apart. */
const ENTRIES_MAX = 65_536;

/**
 * Finds the names that an event's place in the queue may tell wrong.
 *
 * The kernel merges an event into an equal one that still waits, wherever that
 * stands: `a` renamed to `b`, back, and to `b` again is read as to `b` and
 * back. For that something else must have happened to the name in between; so
 * a name that only one event speaks of, while the queue was never empty, is
 * told right, and of all others must be looked whether they are there.
 */
export class NameDoubts {
  /** For each name the only event that spoke of it, null if there were more. */
  readonly #touched = new Map<string, NameEvent | null>();
  readonly #doubtful: NameEvent[] = [];

  /** Takes note of an event that was read. */
  add(event: NameEvent): void {
    if (event.from !== undefined) this.#touch(event, event.from);
    if (event.to !== undefined) this.#touch(event, event.to);
  }

  /** Whether too many names are held: count all as lost, and `clear`. */
  get isFull(): boolean {
    return this.#touched.size >= ENTRIES_MAX;
  }

  /** Nothing is waiting in the queue: hands out what is in doubt. */
  settle(sink: NameSink): void {
    for (const event of this.#doubtful) sink.named(event);
    this.clear();
  }

  clear(): void {
    if (this.#touched.size === 0) return;
    this.#touched.clear();
    this.#doubtful.length = 0;
  }

  #touch(event: NameEvent, entry: FolderEntry): void {
    const key = `${entry.folder.subvolume}:${entry.folder.ino}/${entry.name}`;
    const first = this.#touched.get(key);
    this.#touched.set(key, first === undefined ? event : null);
    if (first === undefined) return;
    if (first !== null && !isSame(first.target, event.target)) this.#doubt(first, entry);
    this.#doubt(event, entry);
  }

  #doubt({ dev, isFolder, target }: NameEvent, to: FolderEntry): void {
    this.#doubtful.push({ dev, isFolder, target, to, unsure: true });
  }
}

function isSame(a: Inode, b: Inode): boolean {
  return a.ino === b.ino && a.gen === b.gen && a.subvolume === b.subvolume;
}
