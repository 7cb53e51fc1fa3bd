import type { BytePath, Scanner, Source } from '../../model/index.js';
import { ReplayScanner } from './replay-scanner.js';
import { ReplaySource } from './replay-source.js';

/**
 * Recorded times are moved this far past now: what the trace tells counts as
 * seen after the source was asked to follow, whenever that was.
 */
const AHEAD_NS = 60e9;

/**
 * The source and the scanners of a recorded trace, for `openDuet`.
 *
 * Events come after the first scan has told all the files of the trace, so that
 * none is of a file that nobody knows. The file systems themselves need not be
 * here.
 *
 * @param speed 1: as fast as it was recorded, 0 (default): as fast as possible.
 * @throws {DuetError} `DUET_ERR_TRACE_FORMAT`, `DUET_ERR_PATH_MISSING`, `DUET_ERR_PATH_DENIED`
 */
export function openReplay(trace: string, speed = 0): { source: Source; scanners: (path: BytePath) => Scanner } {
  const baseNs = Number(process.hrtime.bigint()) + AHEAD_NS;
  let scanned = false;
  return {
    source: new ReplaySource(trace, { speed, baseNs, ready: () => scanned }),
    scanners: (path) => new ReplayScanner(trace, path, { baseNs, scanned: () => (scanned = true) }),
  };
}
