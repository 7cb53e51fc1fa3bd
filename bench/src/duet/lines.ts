/**
 * The lines of `duet run --json`, as the command's contract has them: what the
 * measurements need of them.
 */
export interface StartLine {
  readonly type: 'start';
  readonly source: string;
  readonly filesTotal: number;
  readonly bytesTotal: number;
}
export interface UnitLine {
  readonly type: 'unit';
  readonly task: string;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly cachedBytes: number;
  readonly reason: 'cached' | 'inflight' | 'cold' | 'direct';
  readonly ms: number;
  /** When its processing began and ended, ms of CLOCK_MONOTONIC. */
  readonly atMs: number;
  readonly endMs: number;
}
export interface CheckpointLine {
  readonly type: 'checkpoint';
  readonly filesDone: number;
}
export interface ProblemLine {
  readonly type: 'problem';
  readonly path: string;
  readonly offset?: number;
  readonly code: string;
  readonly message: string;
}
export interface LostLine {
  readonly type: 'lost';
  readonly events: number;
  readonly filesReread: number;
}
export interface TaskSummary {
  readonly task: string;
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly filesSkipped: number;
  readonly filesFailed: number;
  readonly bytes: number;
  readonly bytesFromCache: number;
  readonly bytesFromDisk: number;
  readonly problems: number;
}
export interface SummaryLine {
  readonly type: 'summary';
  readonly exitCode: number;
  readonly wallMs: number;
  readonly deviceBytesRead: number | null;
  readonly bytesAlone: number;
  /** Longest time that the event loop was held up. */
  readonly eventLoopMaxMs: number;
  readonly tasks: readonly TaskSummary[];
}
export interface OtherLine {
  readonly type: 'progress';
}
export type DuetLine = StartLine | UnitLine | CheckpointLine | ProblemLine | LostLine | SummaryLine | OtherLine;

/** One line of output. @throws {SyntaxError} if it is no JSON object with a type. */
export function parseLine(text: string): DuetLine {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw new SyntaxError(`not a line of duet --json: ${text.slice(0, 200)}`);
  }
  return value as DuetLine;
}
