import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FanotifyNames, openDuet, TracefsSource } from '@duet/core';
import type { Duet } from '@duet/core';
import type { FsType } from '../lab/lab.js';
import { Random } from '../tree/random.js';
import { countCached } from './cache-truth.js';
import { EventLog } from './event-log.js';
import type { Group } from './groups.js';
import { historyOf, inOrder } from './history-files.js';
import { MountPlay } from './mount-play.js';
import { kernelOverruns } from './overruns.js';
import { Playground } from './playground.js';
import { QuietCheck, SLOW_MS } from './quiet-check.js';
import type { Difference, QuietResult } from './quiet-check.js';
import type { PageDifference } from './watched-session.js';
import { SessionCast } from './session-cast.js';
import { WorkloadProcesses } from './workload-processes.js';

/** Processes of the workload. */
const WORKERS = 2;
/** What a process in a small memory group may use, its own memory included. */
const SMALL_GROUP_BYTES = 112 << 20;
/** Lines of a file's history that are printed. */
const HISTORY_LINES = 25;
const DIFFERENCES_PRINTED = 5;
const RUNS_PRINTED = 10;

export interface FidelityOptions {
  readonly fs: FsType;
  readonly seed: number;
  /** Events that the source has to hand out before the run ends. */
  readonly events: number;
  readonly groups: readonly Group[];
  /** Operations of each process between two quiet moments. */
  readonly burst: number;
  /** Kernel buffer of each CPU in KiB; undefined: the source's own default. */
  readonly bufferKbPerCpu?: number;
  /** Where the whole history goes if there is a difference. Default: the folder for temporary files. */
  readonly historyFolder?: string;
}

export interface FidelityResult {
  readonly fs: FsType;
  readonly seed: number;
  readonly events: number;
  readonly lost: number;
  /** By the kernel's count. */
  readonly overruns: number;
  readonly losses: number;
  readonly filesReread: number;
  readonly pagesTold: number;
  readonly operations: number;
  readonly refused: number;
  readonly sessions: number;
  readonly quietMoments: number;
  readonly filesMost: number;
  readonly comparisons: number;
  readonly comparedPages: number;
  /** Compared pages that mincore leaves out and cachestat counts. */
  readonly unreadPages: number;
  readonly unstable: number;
  readonly differingPages: number;
  readonly repeatedPages: number;
  /** Slowest agreement after a quiet moment began, and how many took longer than a second. */
  readonly slowestMs: number;
  readonly slow: number;
  readonly seconds: number;
}

/**
 * Whether nothing differs, and losses were noticed. Of a loss whose size the
 * kernel has no room to tell, only one event is counted.
 */
export function holds(result: FidelityResult): boolean {
  const noticed = result.lost <= result.overruns && result.lost > 0 === result.overruns > 0 && result.losses > 0 === result.lost > 0;
  return noticed && result.differingPages === 0 && result.repeatedPages === 0 && result.unstable === 0;
}

/** One file system, one seed: works, stops, compares, until there were enough events or a difference. */
export class FidelityRun {
  readonly #options: FidelityOptions;
  readonly #print: (line: string) => void;
  readonly #random: Random;
  readonly #quiet: QuietResult[] = [];
  readonly #mountLines: string[] = [];
  #events: EventLog | undefined;

  constructor(options: FidelityOptions, print: (line: string) => void) {
    this.#options = options;
    this.#print = print;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FidelityResult> {
    const startedMs = performance.now();
    const { fs, bufferKbPerCpu } = this.#options;
    const ground = new Playground(fs);
    let workload: WorkloadProcesses | undefined;
    let duet: Duet | undefined;
    let mounts: MountPlay | undefined;
    try {
      workload = await this.#startWorkload(ground);
      this.#events = new EventLog(new TracefsSource(bufferKbPerCpu === undefined ? {} : { bufferKbPerCpu }));
      duet = await openDuet({ stateDir: null }, { source: this.#events, names: new FanotifyNames() });
      const cast = new SessionCast(duet, this.#random, ground.sessionPaths);
      if (this.#options.groups.includes('mounts')) mounts = new MountPlay(ground, this.#random, (line) => this.#mountLines.push(`${(Number(process.hrtime.bigint()) / 1e6).toFixed(3)} ${line}`));
      let differing = false;
      while (!differing && duet.status().events.events < this.#options.events) {
        mounts?.step();
        await cast.during(workload.burst(this.#options.burst));
        differing = await this.#compare(ground, cast);
      }
      return this.#result(duet, cast, workload, (performance.now() - startedMs) / 1000);
    } finally {
      await workload?.stop();
      await duet?.close();
      mounts?.close();
      ground.lab.close();
    }
  }

  #startWorkload(ground: Playground): Promise<WorkloadProcesses> {
    const starts = Array.from({ length: WORKERS }, (_, worker) => ({
      kind: 'start' as const,
      seed: this.#options.seed,
      worker,
      watched: ground.watched,
      outside: ground.outside,
      shared: ground.shared,
      groups: this.#options.groups,
      history: ground.newHistory(worker),
    }));
    return WorkloadProcesses.start(starts, (pid, worker) => {
      if (worker !== WORKERS - 1 || !this.#options.groups.includes('pressure')) return;
      const group = ground.lab.group({ memoryBytes: SMALL_GROUP_BYTES });
      for (const file of group.procsFiles) writeFileSync(file, String(pid));
    });
  }

  /** A quiet moment; true if the run is over because of what it found. */
  async #compare(ground: Playground, cast: SessionCast): Promise<boolean> {
    // Without it there are dirty pages to compare, with it there are none.
    if (this.#random.next() < 0.5) ground.sync();
    await cast.ready();
    const quiet = await new QuietCheck(cast.sessions).run(ground.lab.path);
    this.#quiet.push(quiet);
    if (quiet.agreedAfterMs > SLOW_MS) {
      this.#print(`  agreed after ${Math.round(quiet.agreedAfterMs)} ms only:`);
      this.#describe(ground, quiet.slow);
    }
    const repeated = cast.sessions.filter((session) => session.repeated > 0);
    for (const session of repeated) this.#print(`  told twice: ${session.title}: ${session.repeated} pages, last ${session.lastRepeated}`);
    if (quiet.differences.length === 0 && repeated.length === 0 && quiet.unstable === 0) return false;
    this.#report(ground, quiet.differences);
    return true;
  }

  #report(ground: Playground, differences: readonly Difference[]): void {
    const { fs, seed } = this.#options;
    this.#print(`  DIFFERENT on ${fs}, seed ${seed}:`);
    this.#describe(ground, differences);
    const file = join(this.#options.historyFolder ?? tmpdir(), `duet-fidelity-${fs}-${seed}.history`);
    writeFileSync(file, `${inOrder([...ground.history(), ...this.#mountLines]).join('\n')}\n`);
    this.#print(`  whole history: ${file}`);
  }

  #describe(ground: Playground, differences: readonly Difference[]): void {
    const lines = ground.history();
    for (const { session, truth, pages } of differences.slice(0, DIFFERENCES_PRINTED)) {
      this.#print(`    ${session.title}: ${truth.path} ino=${truth.ino}, ${truth.resident.length} pages, cachestat counts ${countCached(truth.path)} cached`);
      for (const difference of pages) this.#print(`      ${pagesText(difference)}`);
      const history = [...historyOf(lines, truth.ino, HISTORY_LINES), ...(this.#events?.linesOf(truth.ino, HISTORY_LINES * 2) ?? [])];
      for (const line of inOrder(history)) this.#print(`        ${line}`);
    }
    if (differences.length > DIFFERENCES_PRINTED) this.#print(`    and ${differences.length - DIFFERENCES_PRINTED} more`);
  }

  #result(duet: Duet, cast: SessionCast, workload: WorkloadProcesses, seconds: number): FidelityResult {
    const { events, lost } = duet.status().events;
    const sum = (of: (quiet: QuietResult) => number): number => this.#quiet.reduce((total, quiet) => total + of(quiet), 0);
    return {
      fs: this.#options.fs,
      seed: this.#options.seed,
      events,
      lost,
      overruns: kernelOverruns(),
      losses: cast.losses,
      filesReread: cast.filesReread,
      pagesTold: cast.pagesTold,
      operations: workload.operations,
      refused: workload.refused,
      sessions: cast.registered,
      quietMoments: this.#quiet.length,
      filesMost: Math.max(...this.#quiet.map((quiet) => quiet.files)),
      comparisons: sum((quiet) => quiet.comparisons),
      comparedPages: sum((quiet) => quiet.comparedPages),
      unreadPages: sum((quiet) => quiet.unreadPages),
      unstable: sum((quiet) => quiet.unstable),
      differingPages: sum((quiet) => differingPages(quiet.differences)),
      repeatedPages: cast.repeatedPages,
      slowestMs: Math.round(Math.max(...this.#quiet.map((quiet) => quiet.agreedAfterMs))),
      slow: this.#quiet.filter((quiet) => quiet.agreedAfterMs > SLOW_MS).length,
      seconds: Math.round(seconds),
    };
  }
}

/** Each page of a file once, however many sessions differ about it. */
function differingPages(differences: readonly Difference[]): number {
  const pages = new Set<string>();
  for (const { truth, pages: found } of differences) {
    for (const { runs } of found) {
      for (const [first, count] of runs) for (let page = first; page < first + count; page++) pages.add(`${truth.key}:${page}`);
    }
  }
  return pages.size;
}

function pagesText({ what, runs }: PageDifference): string {
  const told = runs.slice(0, RUNS_PRINTED).map(([first, count, kernel]) => `${first}+${count} (kernel: ${kernel ? 'yes' : 'no'})`);
  return `${what}: ${told.join(', ')}${runs.length > RUNS_PRINTED ? ` and ${runs.length - RUNS_PRINTED} more` : ''}`;
}
