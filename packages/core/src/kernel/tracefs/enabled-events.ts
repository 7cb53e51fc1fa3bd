import { DuetError } from '../../model/errors.js';
import { readEventFormat } from './event-format.js';
import { describeFs } from './followed-fs.js';
import type { FollowedFs } from './followed-fs.js';
import type { PageEventDecoder } from './page-event-decoder.js';
import type { TraceInstance } from './trace-instance.js';
import { FLUSH_TRACEPOINTS, REQUIRED, filterFor } from './tracepoints.js';
import type { Tracepoint } from './tracepoints.js';

/** The events of a trace instance: on are only those that the followed file systems need, and only for these. */
export class EnabledEvents {
  readonly #instance: TraceInstance;
  readonly #decoder: PageEventDecoder;
  readonly #followed = new Map<number, FollowedFs>();
  /** Filter of each event that is on. */
  readonly #filters = new Map<string, string>();

  /** The decoder learns each event's format, and which file systems are followed. @throws {DuetError} `DUET_ERR_TRACEFS` */
  constructor(instance: TraceInstance, decoder: PageEventDecoder) {
    this.#instance = instance;
    this.#decoder = decoder;
    for (const tracepoint of REQUIRED) this.#learn(tracepoint);
  }

  /** Whether no event is on. */
  get isEmpty(): boolean {
    return this.#filters.size === 0;
  }

  /** Also lets through the events of this file system, or of some of its inodes. @throws {DuetError} `DUET_ERR_TRACEFS` */
  follow(fs: { readonly dev: number; readonly fsType: string }, inodes?: readonly number[]): void {
    // Also when it is followed already: after an unmount the number may be another file system's.
    this.#followed.set(fs.dev, describeFs(fs.dev, fs.fsType, inodes));
    const all = [...this.#followed.values()];
    this.#decoder.follow(all);
    for (const tracepoint of REQUIRED) this.#enable(tracepoint, all);
    for (const style of new Set(all.map((one) => one.flushStyle))) {
      const users = all.filter((one) => one.flushStyle === style);
      for (const tracepoint of FLUSH_TRACEPOINTS[style]) this.#enable(tracepoint, users);
    }
  }

  /** Finds out the layout of a tracepoint's records; gives its name, undefined if this kernel lacks it. */
  #learn(tracepoint: Tracepoint): string | undefined {
    const format = readEventFormat(this.#instance.path, tracepoint.events);
    if (format !== undefined) this.#decoder.learn(tracepoint.kind, format);
    else if (REQUIRED.includes(tracepoint)) throw unsupported(`this kernel has no event ${tracepoint.events[0]}`);
    return format?.event;
  }

  /** Switches an event on for these file systems; one that only tells FLUSHED may be missing. */
  #enable(tracepoint: Tracepoint, users: readonly FollowedFs[]): void {
    const filter = filterFor(tracepoint.filter, users);
    if (filter === '') return;
    const event = this.#learn(tracepoint);
    if (event === undefined || this.#filters.get(event) === filter) return;
    this.#instance.enable(event, filter);
    this.#filters.set(event, filter);
  }
}

/** This kernel cannot tell page events, for the reason in `message`. */
export function unsupported(message: string): DuetError {
  return new DuetError('DUET_ERR_TRACEFS', {
    operation: 'use the kernel’s page events',
    message,
    hint: 'Use `--source cachestat`.',
  });
}
