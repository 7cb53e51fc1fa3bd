import { DuetError, fromBytes } from '@duet/core/model';
import type { BytePath, ScanProblem } from '@duet/core';
import { pathArgument, resolvePath, splitAt } from '../arguments/path-argument.js';
import { usageError } from '../arguments/usage-error.js';
import type { Framework } from '../framework.js';
import type { Invocation } from '../invocation.js';
import { printablePath } from '../render/printable.js';
import { RESIDENCY_HEADING, residencyJsonLine, residencyTextLine, residencyTotalLine } from '../render/residency-line.js';
import type { ResidencyTotals } from '../render/residency-line.js';
import { ResidencyRows } from '../residency-rows.js';
import type { FoundFile } from '../residency-rows.js';

/** Options of `duet residency`. */
export interface ResidencyCommandOptions {
  readonly sort?: 'resident' | 'size' | 'path';
  readonly limit?: number;
  readonly cachedOnly?: boolean;
  readonly exclude: readonly string[];
  /** The list on stdin is separated by NUL. */
  readonly null?: boolean;
}

const ORDERS = {
  resident: (a, b) => b.resident - a.resident || b.size - a.size,
  size: (a, b) => b.size - a.size,
  path: (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
} as const satisfies Record<string, (a: FoundFile, b: FoundFile) => number>;

/** Pages cached and dirty, file by file. Resolves to the exit code. */
export async function residencyCommand(pathTexts: readonly string[], options: ResidencyCommandOptions, invocation: Invocation): Promise<number> {
  const { environment, json, quiet } = invocation;
  const { stdout } = environment;
  if (options.null === true && !pathTexts.includes('-')) throw usageError("option '--null' is for a list on stdin", 'give - as a path');
  const paths = await pathsOf(pathTexts, options.null === true, environment.stdin);
  const report = new Report(options, invocation);
  const interrupted = new AbortController();
  let exitCode = 0;
  const takeBack = [
    environment.interrupts.onInterrupt((code) => {
      exitCode = code;
      interrupted.abort();
    }),
    stdout.onGone(() => interrupted.abort()),
  ];
  try {
    const framework = await environment.framework();
    if (!json && !quiet) stdout.write(RESIDENCY_HEADING);
    for (const path of paths) {
      if (interrupted.signal.aborted) break;
      try {
        await scan(framework, path, options, report, interrupted.signal);
      } catch (error) {
        // One bad path of several is a problem, and the others are looked at.
        if (paths.length === 1 || !(error instanceof DuetError)) throw error;
        report.unreadable(path, error.code === 'DUET_ERR_PATH_MISSING' ? 'it does not exist' : error.message);
      }
    }
    report.finish();
    return exitCode || (report.problems > 0 ? 1 : 0);
  } finally {
    for (const take of takeBack) take();
  }
}

async function scan(framework: Framework, path: BytePath, options: ResidencyCommandOptions, report: Report, signal: AbortSignal): Promise<void> {
  const scanner = await framework.openScanner(resolvePath(path));
  const rows = new ResidencyRows(path);
  try {
    for await (const batch of scanner.scan({ residency: true, physical: false, exclude: options.exclude })) {
      if (signal.aborted) break;
      for (const file of rows.filesOf(batch)) report.file(file);
      for (const problem of batch.problems) report.unreadable(rows.problemPath(problem), reasonOf(problem));
      await report.room();
    }
  } finally {
    await scanner.close();
  }
}

/** Collects and prints: at once, or sorted at the end. */
class Report {
  problems = 0;
  readonly #options: ResidencyCommandOptions;
  readonly #invocation: Invocation;
  readonly #totals: ResidencyTotals = { files: 0, size: 0, pages: 0, resident: 0, dirty: 0 };
  readonly #counted = new Set<string>();
  readonly #kept: FoundFile[] = [];
  #printed = 0;

  constructor(options: ResidencyCommandOptions, invocation: Invocation) {
    this.#options = options;
    this.#invocation = invocation;
  }

  file(file: FoundFile): void {
    if (!file.known) {
      this.unreadable(file.path, 'its cache state cannot be read');
      return;
    }
    this.#count(file);
    if (this.#options.cachedOnly === true && file.resident === 0) return;
    const { sort, limit } = this.#options;
    if (sort === undefined) {
      this.#print(file);
      return;
    }
    this.#kept.push(file);
    // Keeps memory bounded: what is beyond the limit now stays there.
    if (limit !== undefined && this.#kept.length >= 2 * limit + 1_000) this.#cut(sort, limit);
  }

  unreadable(path: BytePath, reason: string): void {
    this.problems += 1;
    this.#invocation.environment.stderr.write(`duet: ${printablePath(path)}: ${reason}\n`);
  }

  async room(): Promise<void> {
    await this.#invocation.environment.stdout.drained();
  }

  finish(): void {
    const { sort, limit } = this.#options;
    if (sort !== undefined) this.#cut(sort, limit ?? this.#kept.length);
    for (const file of this.#kept) this.#print(file);
    const { environment, json, quiet } = this.#invocation;
    if (!json && !quiet) environment.stdout.write(residencyTotalLine(this.#totals));
  }

  #cut(sort: keyof typeof ORDERS, limit: number): void {
    this.#kept.sort(ORDERS[sort]);
    this.#kept.length = Math.min(this.#kept.length, limit);
  }

  #print(file: FoundFile): void {
    if (this.#options.limit !== undefined && this.#printed >= this.#options.limit) return;
    this.#printed += 1;
    this.#invocation.environment.stdout.write(this.#invocation.json ? residencyJsonLine(file) : residencyTextLine(file));
  }

  #count({ sharedKey, size, pages, resident, dirty }: FoundFile): void {
    if (sharedKey !== '') {
      if (this.#counted.has(sharedKey)) return;
      this.#counted.add(sharedKey);
    }
    this.#totals.files += 1;
    this.#totals.size += size;
    this.#totals.pages += pages;
    this.#totals.resident += resident;
    this.#totals.dirty += dirty;
  }
}

async function pathsOf(texts: readonly string[], nul: boolean, stdin: AsyncIterable<Uint8Array>): Promise<BytePath[]> {
  const paths: BytePath[] = [];
  for (const text of texts) {
    if (text !== '-') {
      paths.push(pathArgument(text));
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(chunk);
    for (const path of splitAt(fromBytes(Buffer.concat(chunks)), nul ? '\0' : '\n')) paths.push(path as BytePath);
  }
  return paths;
}

function reasonOf({ errno, operation }: ScanProblem): string {
  return errno === 'EACCES' ? 'permission denied' : `${operation}: ${errno}`;
}
