import { DuetError } from '../model/index.js';
import type { Source } from '../model/index.js';
import { QuietSource } from './quiet-source.js';
import { takeTraceAhead, tracefsAvailable, TracefsSource } from './tracefs/index.js';

/**
 * The source that was asked for; `auto` takes tracefs where it can be used,
 * else cachestat.
 *
 * @throws {DuetError} `DUET_ERR_SOURCE_UNAVAILABLE`, saying what is missing.
 */
export function chooseSource(kind: 'auto' | 'tracefs' | 'cachestat' | 'none'): Source {
  if (kind === 'cachestat' || kind === 'none') return new QuietSource(kind);
  const tracefs = tracefsAvailable();
  if (tracefs.ok) return new TracefsSource();
  if (kind === 'auto') return new QuietSource('cachestat');
  throw new DuetError('DUET_ERR_SOURCE_UNAVAILABLE', {
    operation: 'open the source of page events',
    message: `tracefs cannot be used here: ${tracefs.reason}`,
    hint: tracefs.hint,
  });
}

/** As `chooseSource`, with the trace instance that was made ahead if there is one. */
export async function openSource(kind: Parameters<typeof chooseSource>[0]): Promise<Source> {
  const instance = kind === 'auto' || kind === 'tracefs' ? await takeTraceAhead() : undefined;
  return instance === undefined ? chooseSource(kind) : new TracefsSource({ instance });
}
