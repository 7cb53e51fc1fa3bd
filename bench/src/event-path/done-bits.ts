import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '@duet/core';
import type { DoneFile, Store } from '@duet/core';
import { median } from '../bars/figures.js';
import { Random } from '../tree/random.js';
import type { Report, Scenario } from './report.js';

const FILES = 10_000_000;
/** Files a commit: a run commits four times a second, so these are runs of 256 to 260,000 files a second. */
const BATCHES = [64, 256, 1024, 4096, 10_000, 65_536];
const SCATTERED_BATCH = 10_000;
/** Commits measured at each size: enough files, but not many thousand flushes. */
const MEASURED_FILES = 1_000_000;
const MEASURED_COMMITS = 500;
/** Commits under way at once: the next is made up while one is written. */
const AHEAD = 2;

export const doneBitsScenario: Scenario = {
  name: 'done-bits',
  summary: 'ten million files done: size and load of the bits, and sets a second, each commit durable',
  async run(report, reps) {
    const folder = mkdtempSync(join(tmpdir(), 'duet-done-bits-'));
    try {
      await fill(report, folder);
      await load(report, folder, reps);
      await commits(report, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Marks all files as done and asks SQLite for the pages of each table. */
async function fill(report: Report, folder: string): Promise<void> {
  await withStore(folder, async (store) => {
    const { id } = await store.openTask('done-bits', '/srv');
    for (let from = 1; from <= FILES; from += 100_000) await commit(store, id, numbers(from, 100_000));
  });
  const db = new Database(join(folder, 'duet.db'), { readonly: true });
  const bytes = db.prepare('SELECT sum(pgsize) FROM dbstat WHERE name = ?').pluck();
  report.bar('pages of the bits of 10 million files', (bytes.get('done') as number) / 1e6, 'MB', '<=', 2);
  report.note('pages of their stamps (size and times when processed)', (bytes.get('stamp') as number) / 1e6, 'MB');
  db.close();
}

async function load(report: Report, folder: string, reps: number): Promise<void> {
  const times: number[] = [];
  for (let rep = 0; rep < reps; rep++) {
    await withStore(folder, async (store) => {
      const { id } = await store.openTask('done-bits', '/srv');
      const start = performance.now();
      const { size } = await store.loadDone(id);
      times.push(performance.now() - start);
      if (size !== FILES) throw new Error(`${size} files are done, not ${FILES}`);
    });
  }
  report.bar('load of the bits', median(times), 'ms', '<=', 50);
}

/** Sets a second at each size of a commit, from the call to the flush. */
async function commits(report: Report, folder: string): Promise<void> {
  const speeds: number[] = [];
  for (const batch of BATCHES) {
    const count = Math.min(Math.ceil(MEASURED_FILES / batch), MEASURED_COMMITS);
    const { filesPerSecond, commitsPerSecond } = await commitAll(folder, Array.from({ length: count }, (_, i) => numbers(1 + i * batch, batch)));
    report.note(`sets a second, ${batch} files a commit (${commitsPerSecond.toFixed(0)} commits a second)`, filesPerSecond / 1e6, 'M/s');
    speeds.push(filesPerSecond);
  }
  report.bar('sets a second at the best size', Math.max(...speeds) / 1e6, 'M/s', '>=', 1);
  const random = new Random(1);
  const anywhere = Array.from({ length: 20 }, () => Array.from({ length: SCATTERED_BATCH }, () => 1 + random.below(FILES)));
  const { filesPerSecond } = await commitAll(folder, anywhere);
  report.note(`sets a second, ${SCATTERED_BATCH} files a commit, from all over the 10 million`, filesPerSecond / 1e6, 'M/s');
}

async function commitAll(folder: string, batches: readonly (readonly number[])[]): Promise<{ filesPerSecond: number; commitsPerSecond: number }> {
  let seconds = 0;
  await withStore(folder, async (store) => {
    const { id } = await store.openTask(`${batches.length} commits`, `/srv/${batches[0]?.length}`);
    const start = performance.now();
    const waiting: Promise<void>[] = [];
    for (const nos of batches) {
      waiting.push(commit(store, id, nos));
      if (waiting.length >= AHEAD) await waiting.shift();
    }
    await Promise.all(waiting);
    seconds = (performance.now() - start) / 1000;
  });
  const files = batches.reduce((total, nos) => total + nos.length, 0);
  return { filesPerSecond: files / seconds, commitsPerSecond: batches.length / seconds };
}

function commit(store: Store, task: number, nos: readonly number[]): Promise<void> {
  const done: DoneFile[] = nos.map((no) => ({ no, stamp: BigInt(no) }));
  return store.commit({ task, namespace: 'bench', done, partial: [], state: new Map() });
}

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

async function withStore(folder: string, use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore({ folder });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}
