import { nothingReleased } from '../../model/index.js';
import type { BytePath, PageSink, ProbeBatch, ProbeTarget, ReleaseBatch, ReleaseTarget, ScanBatch, Scanner, ScanOptions, Source, SourceCounters, SourceKind } from '../../model/index.js';
import type { TraceWriter } from './trace-writer.js';

/** A source whose events are also recorded; its `stop` leaves the writer open. */
export class RecordingSource implements Source {
  readonly #source: Source;
  readonly #writer: TraceWriter;
  #sink: PageSink | undefined;
  #tee: PageSink | undefined;

  constructor(source: Source, writer: TraceWriter) {
    this.#source = source;
    this.#writer = writer;
  }

  get kind(): SourceKind {
    return this.#source.kind;
  }

  get sweeps(): boolean {
    return this.#source.sweeps;
  }

  follow(fs: { readonly dev: number; readonly fsType: string }, inodes?: readonly number[]): void {
    this.#source.follow(fs, inodes);
  }

  drain(sink: PageSink, budgetMs: number, untilNs?: number): boolean {
    if (this.#tee === undefined || this.#sink !== sink) {
      this.#sink = sink;
      this.#tee = this.#writer.tee(sink);
    }
    return this.#source.drain(this.#tee, budgetMs, untilNs);
  }

  counters(): SourceCounters {
    return this.#source.counters();
  }

  stop(): void {
    this.#source.stop();
  }
}

/** For `skim`: look at each file. */
const NOT_SKIMMED = new Int32Array(1);

/** A scanner of `root` whose findings are also recorded, each file name once. */
export class RecordingScanner implements Scanner {
  readonly #scanner: Scanner;
  readonly #notes: ReturnType<TraceWriter['scans']>;

  constructor(scanner: Scanner, writer: TraceWriter, root: BytePath) {
    this.#scanner = scanner;
    this.#notes = writer.scans(root);
  }

  /** Skims over nothing: what is not looked at cannot be played back. */
  async *scan(options: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
    this.#notes.begin();
    for await (const batch of this.#scanner.scan({ ...options, skim: NOT_SKIMMED })) {
      this.#notes.batch(batch);
      yield batch;
    }
  }

  probe(targets: readonly ProbeTarget[]): Promise<ProbeBatch> {
    return this.#scanner.probe(targets);
  }

  async release(targets: readonly ReleaseTarget[]): Promise<ReleaseBatch> {
    return (await this.#scanner.release?.(targets)) ?? nothingReleased(targets.length);
  }

  close(): Promise<void> {
    return this.#scanner.close();
  }
}
