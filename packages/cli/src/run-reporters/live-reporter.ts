import { MultiBar } from 'cli-progress';
import type { SingleBar } from 'cli-progress';
import type { TaskProgress } from '@duet/core';
import { RateMeter } from '../render/rate-meter.js';
import { liveText } from '../render/run-text.js';
import { plainReporter } from './plain-reporter.js';
import type { TextReporterOptions } from './plain-reporter.js';
import type { RunReporter } from './reporter.js';

/** The terminal that live lines are drawn on. */
export interface LiveTerminal {
  readonly stream: NodeJS.WritableStream;
  /** Its width now. */
  columns(): number;
}

interface LiveLine {
  readonly bar: SingleBar;
  readonly rate: RateMeter;
}

interface LivePayload {
  readonly progress: TaskProgress;
  readonly rate: number;
}

const CLEAR_TO_END_OF_LINE = '\x1b[K';

/** One live line for each task at the bottom of a terminal, above it all that `plainReporter` and the log say. */
export function liveReporter(options: TextReporterOptions, terminal: LiveTerminal): RunReporter {
  const plain = plainReporter(options);
  const bars = new MultiBar({
    stream: terminal.stream,
    format: (_options, _params, payload: LivePayload) => liveText(payload.progress, payload.rate, terminal.columns()),
    clearOnComplete: true,
    hideCursor: true,
    linewrap: true,
    forceRedraw: true,
    fps: 5,
  });
  const above = (text: string): void => bars.log(text.replaceAll('\n', `${CLEAR_TO_END_OF_LINE}\n`));
  const lines = new Map<string, LiveLine>();
  let giveBack: (() => void)[] = [];

  const show = (progress: TaskProgress): void => {
    const nowMs = options.now();
    if (giveBack.length === 0) {
      giveBack = [options.stderr, options.stdout].filter(({ isTerminal }) => isTerminal).map((output) => output.divert(above));
    }
    let line = lines.get(progress.task);
    if (line === undefined) {
      const rate = new RateMeter(nowMs, progress.bytesDone);
      const bar = bars.create(progress.bytesTotal, progress.bytesDone, { progress, rate: 0 } satisfies LivePayload);
      lines.set(progress.task, (line = { bar, rate }));
    }
    line.rate.update(progress.bytesDone, nowMs);
    line.bar.setTotal(progress.bytesTotal);
    line.bar.update(progress.bytesDone, { progress, rate: line.rate.rate } satisfies LivePayload);
  };
  const close = (): void => {
    if (giveBack.length === 0) return;
    // What was written since the last frame would be lost with the bars.
    bars.update();
    bars.stop();
    for (const take of giveBack) take();
    giveBack = [];
  };
  return {
    event(event) {
      if (event.type === 'progress') show(event);
      else plain.event(event);
    },
    finish(summary) {
      close();
      plain.finish(summary);
    },
    close,
  };
}
