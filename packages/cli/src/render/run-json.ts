import type { RunEvent, RunSummary } from '@duet/core';
import { jsonLine, pathFields } from './json-line.js';

/** A run's events and summary as JSON lines. */
export interface RunJsonOptions {
  /** Units, checkpoints and the walk's progress too. */
  readonly verbose: boolean;
}

/** The JSON line of an event; undefined for those that only `verbose` shows. */
export function runEventLine(event: RunEvent, { verbose }: RunJsonOptions): string | undefined {
  switch (event.type) {
    case 'start':
      return jsonLine({ ...event, ...pathFields(event.path) });
    case 'unit':
      return verbose ? jsonLine({ ...event, ...pathFields(event.path), endMs: event.atMs + event.ms }) : undefined;
    case 'problem':
      return jsonLine({ ...event, ...pathFields(event.path) });
    case 'explain':
      return jsonLine({ ...event, ...pathFields(event.path), runnersUp: event.runnersUp.map((one) => ({ ...one, ...pathFields(one.path) })) });
    case 'scan':
    case 'checkpoint':
      return verbose ? jsonLine({ ...event }) : undefined;
    default:
      return jsonLine({ ...event });
  }
}

/** The last line of a run. */
export function runSummaryLine(summary: RunSummary): string {
  return jsonLine({ type: 'summary', ...summary });
}
