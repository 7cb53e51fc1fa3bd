import { fromText, openDuet } from '@duet/core';
import type { Plugin } from '@duet/core';

/** When a task joins: once the one before it is half done, or so long after the start. */
export type JoinAt = 'half' | { readonly afterMs: number };

/** One task of the program's run; the first starts it, whatever its `at`. */
export interface JoinTask {
  readonly module: string;
  readonly config: Readonly<Record<string, string>>;
  readonly at: JoinAt;
  /** From the moment at which it starts; absent: none. */
  readonly deadlineMs?: number;
}

/** What the program is given as its one argument, in JSON. */
export interface JoinPlan {
  readonly path: string;
  readonly state: string;
  readonly tasks: readonly JoinTask[];
}

/** What it prints, one JSON object a line; times are ms of CLOCK_MONOTONIC. */
export type JoinLine =
  | { readonly type: 'started'; readonly task: string; readonly atMs: number }
  | { readonly type: 'joined'; readonly task: string; readonly atMs: number }
  | { readonly type: 'unit'; readonly task: string; readonly path: string; readonly offset: number; readonly bytes: number; readonly endMs: number };

/*
 * The program of the `join` scenario: one process, one run, whose tasks start
 * one after the other.
 */
const plan = JSON.parse(process.argv[2] ?? '') as JoinPlan;
const plugins = await Promise.all(plan.tasks.map(async ({ module }) => ((await import(module)) as { default: Plugin }).default));
const requests = plan.tasks.map(({ config, deadlineMs }, i) => ({ plugin: plugins[i].name, config, ...(deadlineMs !== undefined && { deadlineMs }) }));
const FAILED = 4;
const doneBytes = new Map<string, number>();
let bytesTotal = Infinity;
let started = 1;
let joining: Promise<void> = Promise.resolve();
let timer: NodeJS.Timeout | undefined;

const duet = await openDuet({ stateDir: plan.state, plugins });
try {
  const [first] = requests;
  const run = duet.run({ tasks: [first], path: fromText(plan.path) });
  print({ type: 'started', task: first.plugin, atMs: nowMs() });

  const joinNext = (): void => {
    const request = requests[started++];
    print({ type: 'joined', task: request.plugin, atMs: nowMs() });
    joining = joining
      .then(() => run.join(request))
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        run.stop(FAILED);
      });
    schedule();
  };
  /** The next one's moment, if it is one of the clock. */
  const schedule = (): void => {
    const at = plan.tasks[started]?.at;
    if (typeof at === 'object') timer = setTimeout(joinNext, at.afterMs - (nowMs() - startedMs));
  };
  const startedMs = nowMs();
  schedule();

  run.events$.subscribe((event) => {
    if (event.type === 'start') bytesTotal = event.bytesTotal;
    if (event.type !== 'unit') return;
    const done = (doneBytes.get(event.task) ?? 0) + event.bytes;
    doneBytes.set(event.task, done);
    print({ type: 'unit', task: event.task, path: event.path, offset: event.offset, bytes: event.bytes, endMs: event.atMs + event.ms });
    if (plan.tasks[started]?.at === 'half' && event.task === requests[started - 1].plugin && done >= bytesTotal / 2) joinNext();
  });
  const { exitCode } = await run.done;
  await joining;
  clearTimeout(timer);
  if (started < requests.length) process.stderr.write('the run ended before all tasks had joined it\n');
  process.exitCode = started < requests.length ? FAILED : exitCode;
} finally {
  await duet.close();
}

function print(line: JoinLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function nowMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
