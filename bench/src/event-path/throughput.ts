import { closeSync, fsyncSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { QuietNames, SessionHub, silentLogger } from '@duet/core';
import type { BytePath, EventName, PageSink, Source } from '@duet/core';
import { CountingSink } from '@duet/core/kernel/tracefs';
import { median } from '../bars/figures.js';
import { Lab } from '../lab/lab.js';
import type { FsType } from '../lab/lab.js';
import { dropCached, noReadahead } from '../lab/fadvise.js';
import { content, Random } from '../tree/random.js';
import { knownFiles, surveyOf } from './known-files.js';
import type { KnownFiles } from './known-files.js';
import { record, superblock } from './recording.js';
import type { Recording } from './recording.js';
import type { Report, Scenario } from './report.js';

const MIB = 1 << 20;
const PAGE = 4096;
/** As sessions poll: items of one fetch. */
const BATCH_ITEMS = 4096;
const LARGE = { files: 8, bytes: 64 * MIB };
const SMALL = { files: 1024, bytes: 256 * 1024 };
/** How often a recording is played in one measurement. */
const ROUNDS = 4;
const WARM_UP = 2;

/** A recording as a source: gives the next few thousand events when they are due. */
class PlayedSource implements Source {
  readonly kind = 'replay';
  readonly sweeps = false;
  readonly #counting = new CountingSink();
  #open: ReturnType<Recording['open']> | undefined;
  #due = false;

  play(recording: Recording): void {
    this.#open = recording.open();
  }

  get playing(): boolean {
    return this.#open !== undefined;
  }

  /** The next poll gets events. */
  setDue(): void {
    this.#due = true;
  }

  follow(): void {}

  drain(sink: PageSink): boolean {
    if (this.#open === undefined || !this.#due) return false;
    this.#due = false;
    this.#counting.target = sink;
    // Without any time it hands on as much as it does between two looks at the clock: 64 runs of one CPU's records.
    const more = this.#open.reader.drain(this.#counting, 0, () => Infinity);
    if (!more) this.stop();
    return more;
  }

  counters(): { events: number; lost: number } {
    return { events: this.#counting.events, lost: this.#counting.lostEvents };
  }

  stop(): void {
    this.#open?.close();
    this.#open = undefined;
  }
}

const STATES: readonly EventName[] = ['exists', 'modified'];
const EVENTS: readonly EventName[] = ['added', 'removed', 'dirty', 'flushed'];

/** Tasks by name of the figure. */
const TASKS: Readonly<Record<string, readonly (readonly EventName[])[]>> = {
  'one task': [STATES],
  'one task on events': [EVENTS],
  'eight tasks': [STATES, EVENTS, STATES, EVENTS, STATES, EVENTS, STATES, EVENTS],
};

export const throughputScenario: Scenario = {
  name: 'throughput',
  summary: 'recorded sub-buffers to fetched items, one core: records of single pages a second',
  async run(report, reps) {
    await onBtrfs(report, reps);
    await onExt4(report, reps);
  },
};

async function onBtrfs(report: Report, reps: number): Promise<void> {
  await withLab('btrfs', async (lab) => {
    const large = makeFiles(lab, 'large', LARGE);
    const small = makeFiles(lab, 'small', SMALL);
    await lab.settle();
    const recordings: Readonly<Record<string, [readonly string[], () => void]>> = {
      sequential: [large, () => readAndDrop(large)],
      random: [small, () => readAtRandom(small)],
      churn: [large, () => churn(large)],
      writes: [large, () => rewrite(large)],
    };
    for (const [name, [paths, action]] of Object.entries(recordings)) {
      const recording = record(lab, action);
      const { events, singlePages } = recording.contents;
      report.note(`btrfs ${name}: events recorded, all but ${events - singlePages} of single pages`, singlePages, '');
      for (const [who, masks] of Object.entries(TASKS)) {
        const { perSecond, items, eventsPerPoll } = await measure(recording, knownFiles(paths, superblock(lab)), masks, reps);
        const figure = `btrfs ${name}, ${who} (poll: ${eventsPerPoll.toFixed(0)} events; ${items.toFixed(3)} items an event)`;
        if (name === 'sequential' && who === 'one task') report.bar(figure, perSecond.singlePages / 1e6, 'M/s', '>=', 3);
        else if (name === 'sequential' && who === 'eight tasks') report.bar(figure, perSecond.singlePages / 1e6, 'M/s', '>=', 1.5);
        else report.note(figure, perSecond.singlePages / 1e6, 'M/s');
      }
    }
  });
}

async function onExt4(report: Report, reps: number): Promise<void> {
  await withLab('ext4', async (lab) => {
    const large = makeFiles(lab, 'large', LARGE);
    await lab.settle();
    const recording = record(lab, () => {
      for (let round = 0; round < 8; round++) readAndDrop(large);
    });
    report.note('ext4 sequential: pages an event', recording.contents.pages / recording.contents.events, '');
    for (const [who, masks] of Object.entries(TASKS)) {
      const { perSecond } = await measure(recording, knownFiles(large, superblock(lab)), masks, reps);
      report.note(`ext4 sequential, ${who}`, perSecond.events / 1e6, 'M events/s');
      report.note(`ext4 sequential, ${who}`, perSecond.pages / 1e6, 'M pages/s');
    }
  });
}

interface Speed {
  /** Medians, in seconds of CPU time of the whole process. */
  readonly perSecond: { readonly events: number; readonly singlePages: number; readonly pages: number };
  /** Items that each task fetched, for each event. */
  readonly items: number;
  readonly eventsPerPoll: number;
}

async function measure(recording: Recording, files: KnownFiles, masks: readonly (readonly EventName[])[], reps: number): Promise<Speed> {
  const source = new PlayedSource();
  const hub = new SessionHub({ source, survey: () => surveyOf(files), names: new QuietNames(), mounts: { mounts: [], changed: () => undefined, close: () => undefined }, foldersTo: () => [], monotonicNs: () => performance.now() * 1e6, epochMs: Date.now, findInodes: () => [], logger: silentLogger });
  const sessions = masks.map((events, i) => hub.register({ name: `task ${i}`, path: '/bench' as BytePath, events }));
  await Promise.all(sessions.map((session) => session.ready));
  const { contents } = recording;
  const times: number[] = [];
  let items = 0;
  let polls = 0;
  for (let rep = -WARM_UP; rep < reps; rep++) {
    items = 0;
    polls = 0;
    const start = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) {
      source.play(recording);
      for (; source.playing; polls++) {
        source.setDue();
        for (const session of sessions) {
          for (let fetched = BATCH_ITEMS; fetched === BATCH_ITEMS; items += fetched) fetched = session.fetch(BATCH_ITEMS).length;
        }
      }
    }
    const { user, system } = process.cpuUsage(start);
    if (rep >= 0) times.push((user + system) / 1e6 / ROUNDS);
  }
  const seen = sessions[0]?.counters().seen ?? 0;
  for (const session of sessions) session.close();
  if (seen === 0 || items === 0) throw new Error('nothing came through');
  const seconds = median(times);
  return {
    perSecond: { events: contents.events / seconds, singlePages: contents.singlePages / seconds, pages: contents.pages / seconds },
    items: items / ROUNDS / masks.length / contents.events,
    eventsPerPoll: (contents.events * ROUNDS) / polls,
  };
}

async function withLab(fs: FsType, use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = new Lab({ fs, sizeBytes: 2048 * MIB });
  try {
    await use(lab);
  } finally {
    lab.close();
  }
}

function makeFiles(lab: Lab, name: string, { files, bytes }: { files: number; bytes: number }): string[] {
  const folder = join(lab.path, name);
  mkdirSync(folder);
  return Array.from({ length: files }, (_, i) => {
    const path = join(folder, `file-${String(i).padStart(6, '0')}`);
    writeFileSync(path, Buffer.concat([...content(1, i, bytes)]));
    return path;
  });
}

function onFile(path: string, flags: string, use: (fd: number) => void): void {
  const fd = openSync(path, flags);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

const buffer = Buffer.alloc(MIB);

/** Every file from start to end, cold; then all pages leave. */
function readAndDrop(paths: readonly string[]): void {
  for (const path of paths) {
    onFile(path, 'r', (fd) => {
      while (readSync(fd, buffer) > 0);
    });
  }
  for (const path of paths) onFile(path, 'r', dropCached);
}

/** Single pages of all files in random order, each once; then all leave. */
function readAtRandom(paths: readonly string[]): void {
  const random = new Random(2);
  const fds = paths.map((path) => openSync(path, 'r'));
  fds.forEach(noReadahead);
  const pages = SMALL.bytes / PAGE;
  const order = random.shuffle(Array.from({ length: fds.length * pages }, (_, i) => i));
  for (const i of order) readSync(fds[Math.floor(i / pages)], buffer, 0, PAGE, (i % pages) * PAGE);
  for (const fd of fds) {
    dropCached(fd);
    closeSync(fd);
  }
}

/** A megabyte is read and leaves, again and again. */
function churn(paths: readonly string[]): void {
  for (const path of paths) {
    onFile(path, 'r', (fd) => {
      while (readSync(fd, buffer) > 0) dropCached(fd);
    });
  }
}

/** Rewritten page by page, made durable, dropped. */
function rewrite(paths: readonly string[]): void {
  for (const path of paths) {
    onFile(path, 'r+', (fd) => {
      for (let at = 0; at < LARGE.bytes; at += PAGE) writeSync(fd, buffer, 0, PAGE, at);
      fsyncSync(fd);
      dropCached(fd);
    });
  }
}
