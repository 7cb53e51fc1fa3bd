import { setTimeout as sleep } from 'node:timers/promises';
import type { Duet } from '@duet/core';
import { fromText } from '@duet/core/model';
import type { EventName } from '@duet/core/model';
import type { Random } from '../tree/random.js';
import { WatchedSession } from './watched-session.js';

const MASKS: readonly (readonly EventName[])[] = [
  ['exists', 'modified'],
  ['exists'],
  ['modified'],
  ['exists', 'dirty'],
  ['added', 'removed', 'dirty', 'flushed'],
];

/** Sessions that there are at least, and at most. */
const LEAST = 3;
const MOST = 8;
/** Longest time between two changes, in milliseconds. */
const CHANGE_MS = 1500;

/**
 * The sessions of a run, with all masks, on nested and different paths: they
 * register and leave at random times. Some subscribe, some fetch now and then,
 * some fetch only at quiet moments.
 */
export class SessionCast {
  readonly #duet: Duet;
  readonly #random: Random;
  readonly #paths: readonly string[];
  readonly #sessions: WatchedSession[] = [];
  readonly #now = new Set<WatchedSession>();
  #registered = 0;
  /** Of sessions that have left. */
  #toldBefore = 0;
  #repeatedBefore = 0;
  lostEvents = 0;
  /** Losses told, and files read again because of them. */
  losses = 0;
  filesReread = 0;
  /** An observable failed. */
  failure: unknown;

  constructor(duet: Duet, random: Random, paths: readonly string[]) {
    this.#duet = duet;
    this.#random = random;
    this.#paths = paths;
    // One with each mask on the whole, so that every run has them all.
    for (let i = 0; i < MASKS.length; i++) this.#register(MASKS[i], paths[0]);
  }

  get sessions(): readonly WatchedSession[] {
    return this.#sessions;
  }

  get registered(): number {
    return this.#registered;
  }

  /** Pages of all items told so far, and pages told twice. */
  get pagesTold(): number {
    return this.#toldBefore + this.#sessions.reduce((sum, session) => sum + session.pagesTold, 0);
  }

  get repeatedPages(): number {
    return this.#repeatedBefore + this.#sessions.reduce((sum, session) => sum + session.repeated, 0);
  }

  /** Lets sessions come, go and fetch until `over`. */
  async during(over: Promise<unknown>): Promise<void> {
    let running = true;
    const ended = over.finally(() => (running = false));
    ended.catch(() => undefined);
    let nextChangeMs = performance.now() + this.#random.below(CHANGE_MS);
    while (running) {
      await Promise.race([ended, sleep(5 + this.#random.below(40))]);
      for (const session of this.#now) if (this.#random.next() < 0.3) session.take(session.session.fetch(1 + this.#random.below(2000)));
      if (performance.now() < nextChangeMs) continue;
      nextChangeMs = performance.now() + this.#random.below(CHANGE_MS);
      this.#change();
    }
    await ended;
  }

  /** Resolves when all sessions have met their files. */
  async ready(): Promise<void> {
    await Promise.all(this.#sessions.map(({ session }) => session.ready));
    if (this.failure !== undefined) throw this.failure;
  }

  #change(): void {
    const leave = this.#sessions.length === MOST || (this.#sessions.length > LEAST && this.#random.next() < 0.5);
    if (leave) {
      const [gone] = this.#sessions.splice(this.#random.below(this.#sessions.length), 1);
      this.#now.delete(gone);
      gone.session.close();
      this.#toldBefore += gone.pagesTold;
      this.#repeatedBefore += gone.repeated;
    } else {
      this.#register(MASKS[this.#random.below(MASKS.length)], this.#paths[this.#random.below(this.#paths.length)]);
    }
  }

  #register(events: readonly EventName[], path: string): void {
    this.#registered += 1;
    const session = this.#duet.register({ name: `session-${this.#registered}`, path: fromText(path), events, batchSize: 1 + this.#random.below(4096) });
    const watched = new WatchedSession(session, path);
    this.#sessions.push(watched);
    const failed = (error: unknown): void => {
      this.failure ??= error;
    };
    session.lost$.subscribe({
      next: ({ events: lost, filesReread }) => {
        this.losses += 1;
        this.lostEvents += lost;
        this.filesReread += filesReread;
      },
      error: failed,
    });
    const way = this.#random.next();
    if (way < 0.5) session.items$.subscribe({ next: (items) => watched.take(items), error: failed });
    else if (way < 0.8) this.#now.add(watched);
  }
}
