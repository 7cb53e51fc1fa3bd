import type { Output } from '../output/output.js';
import { runEventLine, runSummaryLine } from '../render/run-json.js';
import type { RunReporter } from './reporter.js';

/** JSON lines on stdout; `verbose` adds units. */
export function jsonReporter(stdout: Output, verbose: boolean): RunReporter {
  return {
    event(event) {
      const line = runEventLine(event, { verbose });
      if (line !== undefined) stdout.write(line);
    },
    finish: (summary) => stdout.write(runSummaryLine(summary)),
    close: () => undefined,
  };
}
