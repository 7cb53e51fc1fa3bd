import { z } from 'zod';
import type { BytePath, PluginState } from '@duet/core';
import { SKIP_REASONS } from '../refusal/skip-reason.js';
import type { SkipReason } from '../refusal/skip-reason.js';

/** What the last run that looked at a fragmented file did with it. */
export interface FileResult {
  /** Absolute. */
  readonly path: BytePath;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly bytes: number;
  readonly before: number;
  /** Extents afterwards; absent where it was left alone. */
  readonly after?: number;
  /** Why it was left alone. */
  readonly skipped?: SkipReason;
}

const PREFIX = 'file/';

/** As it stands in the state database, which may have been written by another version. */
const stored = z.object({
  path: z.string(),
  atMs: z.number(),
  bytes: z.number(),
  before: z.number(),
  after: z.number().optional(),
  skipped: z.enum(Object.keys(SKIP_REASONS) as [SkipReason, ...SkipReason[]]).optional(),
});

/** The results of all runs, one a file, in the plugin's state. */
export class ResultBook {
  readonly #state: PluginState;

  constructor(state: PluginState) {
    this.#state = state;
  }

  put(no: number, result: FileResult): void {
    this.#state.set(`${PREFIX}${no}`, Buffer.from(JSON.stringify(result)));
  }

  forget(no: number): void {
    this.#state.delete(`${PREFIX}${no}`);
  }

  /** All that can be read, in no order. */
  *all(): Generator<{ readonly no: number; readonly result: FileResult }> {
    for (const [key, bytes] of this.#state.entries(PREFIX)) {
      const { success, data } = stored.safeParse(parsed(bytes));
      if (success) yield { no: Number(key.slice(PREFIX.length)), result: data as FileResult };
    }
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
