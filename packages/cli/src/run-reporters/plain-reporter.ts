import type { RunEvent } from '@duet/core';
import type { Output } from '../output/output.js';
import { RateMeter } from '../render/rate-meter.js';
import { runSummaryText } from '../render/run-summary.js';
import { deadlineText, enoughText, explainText, lostText, problemText, progressText, startText, unitText } from '../render/run-text.js';
import type { RunReporter } from './reporter.js';

/** What a reporter for people needs. */
export interface TextReporterOptions {
  /** Where problems and the summary go. */
  readonly stdout: Output;
  /** Where progress goes. */
  readonly stderr: Output;
  /** Show units too. */
  readonly verbose: boolean;
  /** Show problems alone. */
  readonly quiet: boolean;
  readonly dryRun: boolean;
  /** Milliseconds, from any origin. */
  now(): number;
}

const PROGRESS_INTERVAL_MS = 5_000;

/** Lines of text: progress every few seconds, problems at once. For files, pipes and journals. */
export function plainReporter(options: TextReporterOptions): RunReporter {
  const { stdout, stderr, verbose, quiet, dryRun } = options;
  const meters = new Map<string, { readonly rate: RateMeter; shownMs: number }>();

  const message = (text: string): void => {
    if (!quiet) stderr.write(`${text}\n`);
  };
  const progress = (event: Extract<RunEvent, { type: 'progress' }>): void => {
    const nowMs = options.now();
    let meter = meters.get(event.task);
    if (meter === undefined) meters.set(event.task, (meter = { rate: new RateMeter(nowMs, event.bytesDone), shownMs: nowMs }));
    meter.rate.update(event.bytesDone, nowMs);
    if (nowMs - meter.shownMs < PROGRESS_INTERVAL_MS) return;
    meter.shownMs = nowMs;
    message(progressText(event, meter.rate.rate));
  };
  return {
    event(event) {
      if (event.type === 'problem') stdout.write(`${problemText(event)}\n`);
      else if (event.type === 'start') message(startText(event));
      else if (event.type === 'progress') progress(event);
      else if (event.type === 'lost') message(lostText(event));
      else if (event.type === 'enough') message(enoughText(event));
      else if (event.type === 'deadline') message(deadlineText(event));
      else if (event.type === 'explain') message(explainText(event));
      else if (event.type === 'unit' && (verbose || dryRun)) message(unitText(event));
    },
    finish(summary) {
      if (!quiet) stdout.write(runSummaryText(summary, dryRun));
    },
    close: () => undefined,
  };
}
