import type { Database } from 'better-sqlite3';
import type { TaskRow } from '../model/index.js';
import { CHUNK_BYTES, DoneBitmap, chunkOf } from './done-bitmap.js';
import { STAMPS_PER_CHUNK, stampsOf } from './stamp-chunks.js';
import type { FilesToNumber, PackedCommit, StoredDone } from './thread-calls.js';

/** Distance between the chunk ids of two tasks. */
const TASK_STRIDE = 2 ** 32;
/**
 * Pages waiting in the log at which they are copied into the database: 16 MB,
 * about 0.1 s on an SSD. Fewer would copy a page that changes often more often.
 */
const CHECKPOINT_PAGES = 4000;

/** Id of the row that holds a chunk of a task's done bits or stamps. */
export function chunkId(task: number, chunk: number): number {
  return task * TASK_STRIDE + chunk;
}

/** Columns of `task`, named as `TaskRow` has them. */
export const TASK_COLUMNS = 'id, name, path, cycle, started_ms AS startedMs, finished_ms AS finishedMs';

/**
 * All that is written to the database, each call one transaction or none of it.
 *
 * Runs in the store's thread. Nothing that another process may change is
 * remembered from one call to the next, except numbers of file systems, which
 * never change.
 */
export class DatabaseWriter {
  readonly #db: Database;
  readonly #fsIds = new Map<string, number>();
  /** Whether most of the files that were to be numbered last had no number. */
  #mostAreNew = false;
  readonly #sql;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = {
      fs: db.prepare('INSERT INTO fs (name) VALUES (?) ON CONFLICT DO NOTHING'),
      fsId: db.prepare('SELECT id FROM fs WHERE name = ?').pluck(),
      addFile: db.prepare('INSERT INTO file (fs, ino, gen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
      fileNo: db.prepare('SELECT no FROM file WHERE fs = ? AND ino = ? AND gen = ?').pluck(),
      startTask: db.prepare(`
        INSERT INTO task (name, path, cycle, started_ms, finished_ms) VALUES (?, ?, 1, ?, 0)
        ON CONFLICT DO UPDATE SET started_ms = excluded.started_ms RETURNING ${TASK_COLUMNS}`),
      countCycle: db.prepare('UPDATE task SET cycle = cycle + 1, finished_ms = ? WHERE id = ?'),
      bits: db.prepare('SELECT bits FROM done WHERE id = ?').pluck(),
      allBits: db.prepare('SELECT id, bits FROM done WHERE id >= ? AND id < ? ORDER BY id').raw(),
      putBits: db.prepare('REPLACE INTO done (id, bits) VALUES (?, ?)'),
      forgetBits: db.prepare('DELETE FROM done WHERE id >= ? AND id < ?'),
      stamps: db.prepare('SELECT stamps FROM stamp WHERE id = ?').pluck(),
      putStamps: db.prepare('REPLACE INTO stamp (id, stamps) VALUES (?, ?)'),
      forgetStamps: db.prepare('DELETE FROM stamp WHERE id >= ? AND id < ?'),
      anyPartial: db.prepare('SELECT EXISTS (SELECT 1 FROM partial WHERE task = ?)').pluck(),
      allPartial: db.prepare('SELECT no, stamp, segments FROM partial WHERE task = ?').raw().safeIntegers(),
      putPartial: db.prepare('REPLACE INTO partial (task, no, stamp, segments) VALUES (?, ?, ?, ?)'),
      forgetPartial: db.prepare('DELETE FROM partial WHERE task = ? AND no = ?'),
      forgetPartials: db.prepare('DELETE FROM partial WHERE task = ?'),
      putState: db.prepare('INSERT INTO plugin_state (namespace, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
      logSize: db.prepare('PRAGMA wal_checkpoint(NOOP)').raw(),
      checkpoint: db.prepare('PRAGMA wal_checkpoint(PASSIVE)').raw(),
      deleteState: db.prepare('DELETE FROM plugin_state WHERE namespace = ? AND key = ?'),
    };
  }

  openTask({ name, path, nowMs }: { name: string; path: string; nowMs: number }): TaskRow {
    return this.#sql.startTask.get(name, path, nowMs) as TaskRow;
  }

  fileNumbers({ fsNames, fs, ino, gen }: FilesToNumber): Uint32Array {
    const fsIds = fsNames.map((name) => this.#fsId(name));
    const nos = new Uint32Array(fs.length);
    const find = (i: number) => (this.#sql.fileNo.get(fsIds[fs[i]], ino[i], gen[i]) as number | undefined) ?? 0;
    // One read transaction for all look-ups, which are several times slower without.
    const lookUp = this.#db.transaction(() => {
      for (let i = 0; i < nos.length; i++) nos[i] = find(i);
    });
    // Where nearly all are new, as in the first scan of a path, looking them up is for nothing: they are added at once.
    if (!this.#mostAreNew) lookUp();
    const unknown = nos.reduce((count, no) => count + (no === 0 ? 1 : 0), 0);
    let added = 0;
    if (unknown > 0) {
      this.#write(() => {
        for (let i = 0; i < nos.length; i++) {
          if (nos[i] !== 0) continue;
          const { changes, lastInsertRowid } = this.#sql.addFile.run(fsIds[fs[i]], ino[i], gen[i]);
          added += changes;
          // Not added: it was there, is in the list twice, or another process was quicker.
          nos[i] = changes === 1 ? Number(lastInsertRowid) : find(i);
        }
      });
    }
    this.#mostAreNew = added > nos.length / 2;
    return nos;
  }

  loadDone(task: number): StoredDone {
    const rows = this.#sql.allBits.all(chunkId(task, 0), chunkId(task + 1, 0)) as [number, Buffer][];
    const bits = new Uint8Array(rows.length * CHUNK_BYTES);
    rows.forEach(([, blob], i) => bits.set(blob.subarray(0, CHUNK_BYTES), i * CHUNK_BYTES));
    const partial = this.#sql.allPartial.all(task) as [bigint, bigint, Buffer][];
    return {
      chunks: rows.map(([id]) => id - chunkId(task, 0)),
      bits,
      partialNos: Uint32Array.from(partial, ([no]) => Number(no)),
      partialStamps: BigUint64Array.from(partial, ([, stamp]) => BigInt.asUintN(64, stamp)),
      segments: partial.map(([, , segments]) => new Uint8Array(segments)),
    };
  }

  commit(commit: PackedCommit): void {
    this.#writeDurably(() => {
      this.#putPartial(commit);
      this.#putDone(commit);
      this.#putState(commit);
    });
  }

  resetDone({ task, nos }: { task: number; nos: Uint32Array | 'all' }): void {
    this.#writeDurably(() => {
      if (nos === 'all') this.#forgetAll(task);
      else this.#changeBits(task, nos, (bits, no) => bits.clear(no));
    });
  }

  finishCycle({ task, nowMs }: { task: number; nowMs: number }): void {
    this.#writeDurably(() => {
      this.#forgetAll(task);
      this.#sql.countCycle.run(nowMs, task);
    });
  }

  /** Copies the log into the database if it has grown long. Takes time; call it when nobody waits for an answer. */
  checkpointIfDue(): void {
    const [, pages, copied] = this.#sql.logSize.get() as [number, number, number];
    if (pages - copied >= CHECKPOINT_PAGES) this.checkpoint();
  }

  /** Copies what is in the log into the database and syncs both. */
  checkpoint(): void {
    this.#sql.checkpoint.get();
  }

  close(): void {
    this.#db.close();
  }

  #fsId(name: string): number {
    let id = this.#fsIds.get(name) ?? (this.#sql.fsId.get(name) as number | undefined);
    if (id === undefined) {
      this.#sql.fs.run(name);
      id = this.#sql.fsId.get(name) as number;
    }
    this.#fsIds.set(name, id);
    return id;
  }

  #putPartial({ task, partialNos, partialStamps, segments }: PackedCommit): void {
    partialNos.forEach((no, i) => {
      if (segments[i].length === 0) this.#sql.forgetPartial.run(task, no);
      else this.#sql.putPartial.run(task, no, BigInt.asIntN(64, partialStamps[i]), segments[i]);
    });
  }

  #putDone({ task, done, stamps }: PackedCommit): void {
    this.#changeBits(task, done, (bits, no) => bits.set(no));
    const chunks = new Map<number, BigUint64Array>();
    done.forEach((no, i) => {
      const chunk = Math.floor(no / STAMPS_PER_CHUNK);
      let words = chunks.get(chunk);
      if (words === undefined) {
        const blob = this.#sql.stamps.get(chunkId(task, chunk)) as Buffer | undefined;
        words = stampsOf(blob ?? new Uint8Array(0));
        chunks.set(chunk, words);
      }
      words[no - chunk * STAMPS_PER_CHUNK] = stamps[i]!;
    });
    for (const [chunk, words] of chunks) this.#sql.putStamps.run(chunkId(task, chunk), new Uint8Array(words.buffer));
  }

  /** Changes the done bits of `nos`, which also end what was kept of them as unfinished. */
  #changeBits(task: number, nos: Uint32Array, change: (bits: DoneBitmap, no: number) => void): void {
    const bits = new DoneBitmap();
    const loaded = new Set<number>();
    for (const no of nos) {
      const chunk = chunkOf(no);
      if (!loaded.has(chunk)) {
        const blob = this.#sql.bits.get(chunkId(task, chunk)) as Buffer | undefined;
        if (blob !== undefined) bits.put(chunk, blob);
        loaded.add(chunk);
      }
      change(bits, no);
    }
    for (const [chunk, changed] of bits.takeDirty()) this.#sql.putBits.run(chunkId(task, chunk), changed);
    if (this.#sql.anyPartial.get(task) === 1) for (const no of nos) this.#sql.forgetPartial.run(task, no);
  }

  #putState({ namespace, keys, lengths, values }: PackedCommit): void {
    let at = 0;
    keys.forEach((key, i) => {
      const length = lengths[i];
      if (length < 0) this.#sql.deleteState.run(namespace, key);
      else this.#sql.putState.run(namespace, key, values.subarray(at, (at += length)));
    });
  }

  #forgetAll(task: number): void {
    this.#sql.forgetBits.run(chunkId(task, 0), chunkId(task + 1, 0));
    this.#sql.forgetStamps.run(chunkId(task, 0), chunkId(task + 1, 0));
    this.#sql.forgetPartials.run(task);
  }

  /** One transaction; takes the write lock at once, since a read lock could not be raised while others write. */
  #write(change: () => void): void {
    this.#db.transaction(change).immediate();
  }

  /** One transaction, on the disk when this returns, and with it all before. */
  #writeDurably(change: () => void): void {
    this.#db.pragma('synchronous = FULL');
    try {
      this.#write(change);
    } finally {
      this.#db.pragma('synchronous = NORMAL');
    }
  }
}
