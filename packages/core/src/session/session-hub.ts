import { Subscription } from 'rxjs/internal/Subscription';
import { asyncScheduler } from 'rxjs/internal/scheduler/async';
import type { SchedulerLike } from 'rxjs';
import { DuetError, eventMask, fsIdentity, isUnder, relativeTo, toDisplay } from '../model/index.js';
import type { BytePath, FileRef, Logger, NameSource, ReleaseTarget, ScannedFs, ScanOptions, Source } from '../model/index.js';
import type { FolderInode, FoundInode, InodeNumber, Mount } from '../kernel/index.js';
import { releaseMemory } from '../kernel/index.js';
import { ItemTable } from '../items/index.js';
import type { ItemTableListener } from '../items/index.js';
import { FileIndex } from './file-index.js';
import { HubSession } from './hub-session.js';
import { Intake } from './intake.js';
import type { IntakeOwner, MissingName } from './intake.js';
import { Looker } from './looker.js';
import { MountFollower } from './mount-follower.js';
import type { MountOwner, MountSource } from './mount-follower.js';
import { NameIntake } from './name-intake.js';
import type { NameOwner } from './name-intake.js';
import { ScanIntake } from './scan-intake.js';
import type { Sleep } from './polls.js';
import { Prober } from './prober.js';
import type { SessionOptions } from './session-types.js';
import { Strangers } from './strangers.js';
import { isPathMissing } from './survey.js';
import type { Survey } from './survey.js';
import { cameFromDisk, TICK_MS } from './trust.js';

/** Most sessions that users may have at once; the planner's own come on top. */
export const MAX_TASKS = 8;

/** How long one round of taking events may hold up the event loop, in milliseconds. */
const DRAIN_BUDGET_MS = 8;
/** Least pause between two scans for new files, in milliseconds; also this many times what the last one took. */
const RESCAN_PAUSE_MS = 1000;
const PAUSE_FACTOR = 10;

/** What the hub needs. */
export interface HubOptions {
  readonly source: Source;
  readonly names: NameSource;
  /** The scanner of a path; called once a session. */
  readonly survey: (path: BytePath) => Survey;
  readonly mounts: MountSource;
  /** Whether names or mounts may have changed since it was asked last; absent: always. */
  readonly changed?: () => boolean;
  /** The folders on the way to the path, itself included if it is one: those that can be looked at. */
  readonly foldersTo: (path: BytePath) => readonly FolderInode[];
  /** CLOCK_MONOTONIC in nanoseconds. */
  readonly monotonicNs: () => number;
  /** Milliseconds since 1970. */
  readonly epochMs: () => number;
  /** Finds names of inodes that no scan has met. */
  readonly findInodes: (mounts: readonly Mount[], dev: number, inodes: readonly InodeNumber[]) => FoundInode[];
  /** Told what an operator may want to know. */
  readonly logger: Logger;
  readonly scheduler?: SchedulerLike;
  /** Wakes who waits when the kernel has something to tell; absent where it can't: then sessions poll. */
  readonly wakeUp?: { wait(woken: () => void): void };
  readonly maxTasks?: number;
}

/** How a session takes part, beside what its user sees. */
export interface Participation {
  /** Not counted towards the maximum of tasks. */
  readonly internal: boolean;
  /** Scans again when files appear; else only when asked. */
  readonly followNew: boolean;
  readonly scan: Pick<ScanOptions, 'physical' | 'residency' | 'skim'>;
}

/** A file system that is followed. */
interface Followed {
  readonly fsType: string;
  /** Since when, in CLOCK_MONOTONIC nanoseconds. */
  readonly sinceNs: number;
  /** Whether changes of names are told. */
  readonly names: boolean;
  /** The only inodes whose events are wanted; undefined: all. */
  inodes: readonly number[] | undefined;
}

/** Files that were skimmed over and are to be looked at. */
interface Look {
  readonly slots: readonly number[];
  /** Called with those that were not found again. */
  readonly over: (missing: readonly number[]) => void;
}

interface Member {
  readonly session: HubSession;
  readonly survey: Survey;
  readonly exclude: readonly string[];
  readonly participation: Participation;
  /** The path is no folder. */
  readonly isFile: boolean;
  scan: Subscription | undefined;
  /** What is asked of `lookCloser`, in order; the first is under way. */
  readonly looks: Look[];
  look: Subscription | undefined;
  rescanAtMs: number;
  /** A scan came to its end. */
  isKnown: boolean;
}

/**
 * Joins the source, the item table and the files' names into sessions.
 *
 * Pumped by the sessions' polls: each takes the waiting events first, so a
 * slow subscriber holds up nobody.
 */
export class SessionHub implements ItemTableListener, IntakeOwner, NameOwner, MountOwner {
  readonly table: ItemTable;
  readonly index = new FileIndex();
  readonly #options: HubOptions;
  readonly #scheduler: SchedulerLike;
  readonly #intake: Intake;
  readonly #prober: Prober;
  readonly #looker: Looker;
  readonly #nameIntake: NameIntake;
  readonly #mountFollower: MountFollower;
  readonly #members: Member[] = [];
  #sessions: readonly HubSession[] = [];
  readonly #followed = new Map<number, Followed>();
  #pumping = false;
  /** See `Sleep`. */
  #activity = 0;
  #taken = 0;
  #lostEvents = 0;
  #newInodes = false;
  /** Whether names may be left from the last time. */
  #moreNames = false;
  /** Whether some file systems' events were left out at the last look. */
  #isNarrow = false;
  /** Slots of files that have no name any more. */
  readonly #gone = new Set<number>();
  /** Where file systems that don't tell what is cached are mounted; overlayfs has an `st_dev` for each of its layers. */
  readonly #blind = new Set<BytePath>();
  readonly #strangers: Strangers;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    this.table = new ItemTable(this);
    this.#intake = new Intake(this, this.table, this.index);
    this.#prober = new Prober(this.table, this.index, this.#intake, this.#scheduler, () =>
      this.#members.map(({ session, survey }) => ({ path: session.path, survey, fail: (error: unknown) => this.#fail(session, 'probe the files', error) })),
    );
    this.#looker = new Looker(this.#intake, () =>
      this.#members.map(({ session, survey, exclude }) => ({ session, survey, exclude, fail: (error: unknown) => this.#fail(session, 'look at new files', error) })),
    );
    this.#nameIntake = new NameIntake(this, this.#intake, this.#looker);
    this.#mountFollower = new MountFollower(options.mounts, this);
    this.#strangers = new Strangers({
      find: (dev, inodes) => options.findInodes(options.mounts.mounts, dev, inodes),
      subvolumesOf: (dev) => this.index.fs.filter((fs) => fs.dev === dev).map((fs) => fs.subvolume),
      found: (path) => {
        if (this.concerns(path)) this.look(path, false);
      },
      nameless: () => (this.#newInodes = true),
    });
  }

  get sessions(): readonly HubSession[] {
    return this.#sessions;
  }

  /** What lets sessions poll less often; undefined where they have to. */
  get sleep(): Sleep | undefined {
    const { wakeUp } = this.#options;
    if (wakeUp === undefined) return undefined;
    const activity = (): number => this.#activity;
    return {
      get activity() {
        return activity();
      },
      wait: (woken) => wakeUp.wait(woken),
    };
  }

  happened(): void {
    this.#activity++;
  }

  /** Whether every file's state is known: nothing is left to probe or to look at. */
  get settled(): boolean {
    return this.#prober.idle && this.#looker.idle;
  }

  get scanning(): boolean {
    return this.#members.some((member) => member.scan !== undefined || member.look !== undefined);
  }

  /**
   * Registers a task. What is cached below its path is reported first, file by
   * file as the scan finds them, then what changes.
   *
   * @throws {DuetError} `DUET_ERR_TASKS_MAX`, `DUET_ERR_EVENT_MASK`
   */
  register(options: SessionOptions, participation: Participation = { internal: false, followNew: true, scan: { physical: false, residency: true } }): HubSession {
    const max = this.#options.maxTasks ?? MAX_TASKS;
    if (!participation.internal && this.#members.filter((member) => !member.participation.internal).length >= max) {
      throw new DuetError('DUET_ERR_TASKS_MAX', { operation: 'register a task', message: `${max} tasks are registered, which is the maximum` });
    }
    const mask = eventMask(options.events);
    // Before it is scanned, so that nothing in between is lost.
    this.#mountFollower.pump();
    for (const mount of this.#mountFollower.mountsOf(options.path)) this.follow(mount);
    const survey = this.#options.survey(options.path);
    const folders = this.#options.foldersTo(options.path);
    for (const { path, dev, inode } of folders) this.index.folders.identify(this.index.folders.at(path), dev, inode);
    const isFile = !folders.some(({ path }) => path === options.path);
    const session = new HubSession(this, this.table.register(mask), mask, options, this.#scheduler, participation.followNew);
    const member: Member = { session, survey, exclude: options.exclude ?? [], participation, isFile, scan: undefined, looks: [], look: undefined, rescanAtMs: 0, isKnown: false };
    this.#members.push(member);
    this.#sessions = this.#members.map((one) => one.session);
    this.#narrow();
    // Later, so that the caller can subscribe first.
    this.#scheduler.schedule(() => this.#scan(member));
    return session;
  }

  leave(session: HubSession): void {
    const at = this.#members.findIndex((member) => member.session === session);
    if (at === -1) return;
    const [member] = this.#members.splice(at, 1);
    this.#sessions = this.#members.map((one) => one.session);
    member.scan?.unsubscribe();
    member.look?.unsubscribe();
    this.#prober.left(member.survey);
    this.#looker.left(member.survey);
    member.survey.close();
    this.table.unregister(session.id);
    if (this.#members.length === 0) {
      this.#prober.stop();
      this.#looker.stop();
    }
  }

  /** Scans the session's path again, for files that appeared or were renamed. `scanned$` tells when it is over. */
  rescan(session: HubSession): void {
    const member = this.#members.find((other) => other.session === session);
    if (member !== undefined) this.#scan(member);
  }

  /**
   * Has files looked at that a scan skimmed over: the session finds them once
   * more, as `closer`, and is asked anew whether it wants them. `over` is called
   * then, with those that were not found: they are gone, or have other names.
   */
  lookCloser(session: HubSession, slots: readonly number[], over: (missing: readonly number[]) => void): void {
    const member = this.#members.find((other) => other.session === session);
    if (member === undefined) return;
    member.looks.push({ slots, over });
    if (member.look === undefined) this.#startLook(member);
  }

  /** Probes the files at these slots; `settled` tells when it is over. */
  probe(slots: Iterable<number>): void {
    for (const slot of slots) this.#prober.ask(slot);
  }

  /** Takes pages of files below a session's path out of the cache; gives for each file how many of them are still there. */
  async release(root: BytePath, releases: readonly { readonly slot: number; readonly runs: readonly number[] }[]): Promise<number[]> {
    const survey = this.#members.find((member) => member.session.path === root)?.survey;
    const rows: number[] = [];
    const targets: ReleaseTarget[] = [];
    for (const [row, { slot, runs }] of releases.entries()) {
      const path = this.index.pathUnder(slot, root);
      if (path === undefined) continue;
      rows.push(row);
      targets.push({ path: relativeTo(path, root), ino: this.table.files.ino(slot), statDev: this.index.fsOf(slot).statDev, runs });
    }
    const left = releases.map(() => 0);
    if (survey === undefined || targets.length === 0) return left;
    const batch = await survey.release(targets);
    rows.forEach((row, i) => (left[row] = batch.left[i]));
    return left;
  }

  /** Takes the events that are waiting, for a bounded time, and sees to what has to be probed. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      // Names first: the events of a new file come after its name.
      const untilNs = this.#options.monotonicNs();
      if (this.#moreNames || (this.#options.changed?.() ?? true)) {
        this.#mountFollower.pump();
        this.#moreNames = this.#options.names.drain(this.#nameIntake);
      }
      this.#nameIntake.pump();
      this.#options.source.drain(this.table, DRAIN_BUDGET_MS, untilNs);
      if (this.#lostEvents > 0) this.#tellLost();
      this.#strangers.pump();
      this.#looker.pump();
      this.#prober.pump(this.#options.source.sweeps);
      if (this.#newInodes || this.#options.source.sweeps) this.#scanForNewFiles();
      if (this.#gone.size > 0) this.#freeGone();
      this.#narrow();
      if (this.#isAtWork()) this.happened();
    } finally {
      this.#pumping = false;
    }
  }

  /** Whether events were taken, or something is under way that another pump has to go on with. */
  #isAtWork(): boolean {
    const { events } = this.#options.source.counters();
    const taken = events - this.#taken;
    this.#taken = events;
    return taken > 0 || this.#newInodes || !this.#looker.idle || this.#prober.isWaiting || this.scanning;
  }

  ref(slot: number, root: BytePath): FileRef {
    return this.index.ref(slot, this.table.files.ino(slot), root);
  }

  /** Whether what is cached of a range of the file (in pages) was read from the disk and not written since. */
  cacheIsFromDisk(slot: number, index: number, pages: number): boolean {
    // What is cached may not be what is known, or its file may have changed unseen.
    if (this.#prober.isStale(slot) || this.index.movedSinceProbed(slot)) return false;
    if (this.table.files.snapshotNs[slot] !== 0) return this.table.untrustedPages(slot, index, pages) === 0;
    return cameFromDisk(this.index.stat(slot).ctimeNs, this.index.fsOf(slot).mountedAfterMs, 0);
  }

  /** Slot of a file that a session gave out, or -1. */
  slotOf(file: FileRef): number {
    for (let fs = 0; fs < this.index.fs.length; fs++) {
      const info = this.index.fs[fs];
      if (file.id.fs !== fsIdentity(info)) continue;
      const slot = this.#intake.find(info.dev, file.id.ino, fs, file.id.gen);
      if (slot !== -1) return slot;
    }
    return -1;
  }

  follow(fs: Pick<ScannedFs, 'dev' | 'fsType' | 'mountPoint'>): number {
    let followed = this.#followed.get(fs.dev);
    if (followed === undefined) {
      const names = this.#options.names.follow(fs);
      this.#options.source.follow(fs);
      followed = { fsType: fs.fsType, sinceNs: this.#options.monotonicNs(), names, inodes: undefined };
      this.#followed.set(fs.dev, followed);
    }
    return followed.sinceNs;
  }

  met(fs: ScannedFs): number {
    if (!fs.residencyKnown && !this.#blind.has(fs.mountPoint)) {
      this.#blind.add(fs.mountPoint);
      const where = toDisplay(fs.mountPoint);
      this.#options.logger.warn(`${where} is ${fs.fsType}, where the kernel does not tell what is cached: its files count as not cached. Watch the file system that holds them instead.`);
    }
    return this.follow(fs);
  }

  mounted(mount: Mount): void {
    // It may be another one with the number of one that was followed.
    this.#followed.delete(mount.dev);
    this.follow(mount);
  }

  unmounted(dev: number): void {
    this.#followed.delete(dev);
    this.#options.names.unfollow(dev);
  }

  end(session: HubSession, reason: DuetError): void {
    session.end(reason);
    this.leave(session);
  }

  unknownInode(dev: number, ino: number): void {
    // Where names are followed, a file that has none below a session's path is nobody's.
    if (this.#followed.get(dev)?.names !== true) this.#strangers.met(dev, ino);
  }

  missing(name: MissingName): void {
    this.#nameIntake.missing(name);
  }

  nameless(slot: number): void {
    const dev = this.table.files.dev[slot];
    if (this.#followed.get(dev)?.names === true) this.gone(slot);
    else this.#newInodes = true;
  }

  gone(slot: number): void {
    this.#gone.add(slot);
  }

  scanForNames(): void {
    this.#newInodes = true;
  }

  concerns(path: BytePath): boolean {
    return !this.#mountFollower.isMountPoint(path) && this.#sessions.some((session) => isUnder(path, session.path) || isUnder(session.path, path));
  }

  look(path: BytePath, isFolder: boolean): void {
    this.#looker.ask(path, isFolder);
    // Of what stands above a session's path only that path matters.
    for (const session of this.#sessions) if (session.path !== path && isUnder(session.path, path)) this.#looker.ask(session.path, isFolder);
  }

  stale(slot: number): void {
    this.#prober.stale(slot);
  }

  suspect(slot: number): void {
    this.#prober.stale(slot);
    // Where times are coarse, it may have been written without being given another one.
    const sinceMs = this.#options.epochMs() - Number(this.index.stat(slot).ctimeNs / 1_000_000n);
    if (sinceMs > TICK_MS) return;
    for (const session of this.#sessions) this.table.resetDone(slot, session.id);
  }

  lost(events: number): void {
    this.#lostEvents += events;
  }

  /** Where all sessions watch single files, the kernel tells of no others. */
  #narrow(): void {
    const onlyFiles = this.#members.length > 0 && this.#members.every((member) => member.isFile && member.isKnown);
    if (!onlyFiles && !this.#isNarrow) return;
    this.#isNarrow = onlyFiles;
    for (const [dev, followed] of this.#followed) {
      const inodes = onlyFiles && followed.names ? this.#inodesOn(dev) : undefined;
      if (inodes?.join() === followed.inodes?.join()) continue;
      const before = followed.inodes ?? inodes ?? [];
      followed.inodes = inodes;
      this.#options.source.follow({ dev, fsType: followed.fsType }, inodes);
      // Of those that were left out until now nothing was told.
      for (let slot = 0; slot < this.table.files.length; slot++) {
        if (this.table.files.dev[slot] === dev && this.table.files.relevant[slot] !== 0 && !before.includes(this.table.files.ino(slot))) this.stale(slot);
      }
    }
  }

  /** Inodes of the sessions' files on the superblock; undefined if there are none. */
  #inodesOn(dev: number): number[] | undefined {
    const entries = this.#sessions.map((session) => this.index.entryAt(session.path)).filter((entry) => entry !== -1);
    const slots = [...new Set(entries.map((entry) => this.index.names.file(entry)))].filter((slot) => this.table.files.dev[slot] === dev);
    return slots.length === 0 ? undefined : slots.map((slot) => this.table.files.ino(slot));
  }

  /** Slots of files that are gone can be others', unless somebody still has their numbers: a run, or who waits for an answer. */
  #freeGone(): void {
    if (this.#prober.asking || this.#members.some((member) => member.participation.internal)) return;
    for (const slot of this.#gone) {
      if (!this.index.hasName(slot) && !this.table.removeFile(slot)) continue;
      if (!this.index.hasName(slot)) this.index.forget(slot);
      this.#gone.delete(slot);
    }
  }

  #tellLost(): void {
    const events = this.#lostEvents;
    this.#lostEvents = 0;
    // Those of files that nobody has met yet may be among them.
    if ([...this.#followed.values()].some(({ names }) => !names)) this.#newInodes = true;
    const filesReread = this.#prober.staleAll();
    for (const session of this.#sessions) if (session.isOpen) session.tellLost(events, filesReread);
  }

  #scanForNewFiles(): void {
    this.#newInodes = false;
    const now = this.#scheduler.now();
    for (const member of this.#members) {
      if (!member.participation.followNew) continue;
      // A scan under way may have passed the file's folder already.
      if (member.scan === undefined && now >= member.rescanAtMs) this.#scan(member);
      else this.#newInodes = true;
    }
  }

  #scan(member: Member): void {
    if (member.scan !== undefined || !member.session.isOpen) return;
    const startedMs = this.#scheduler.now();
    const ended = (): void => {
      member.scan = undefined;
      const now = this.#scheduler.now();
      member.rescanAtMs = now + Math.max(RESCAN_PAUSE_MS, (now - startedMs) * PAUSE_FACTOR);
    };
    const over = (): void => {
      ended();
      releaseMemory();
      member.isKnown = true;
      member.session.scanCompleted();
    };
    member.scan = new Subscription();
    this.#walk(member, member.scan, undefined, over, ended);
  }

  #startLook(member: Member): void {
    const { session, looks } = member;
    const next = looks[0];
    if (next === undefined || !session.isOpen) return;
    // As they are called now: names may have changed since they were met.
    const paths = next.slots.map((slot) => this.index.pathUnder(slot, session.path)).filter((path) => path !== undefined);
    const missing = new Set(next.slots);
    const ended = (): void => {
      looks.shift();
      member.look = undefined;
    };
    const over = (): void => {
      ended();
      next.over([...missing]);
      this.#startLook(member);
    };
    member.look = new Subscription();
    this.#walk(member, member.look, { paths, missing }, over, ended);
  }

  /** Takes in one walk of the member's path, or a look at `paths` below it (absolute), whose files are `missing` until they are found; in the end calls one of the two. */
  #walk(member: Member, walk: Subscription, look: { readonly paths: readonly BytePath[]; readonly missing: Set<number> } | undefined, over: () => void, failed: () => void): void {
    const { session, survey, exclude, participation } = member;
    const { skim, ...options } = participation.scan;
    const intake = new ScanIntake(this.#intake, session, look?.paths ?? [session.path]);
    const complete = (): void => {
      intake.over();
      over();
    };
    const from = look && { from: look.paths.map((path) => relativeTo(path, session.path)) };
    walk.add(
      survey.scan({ exclude, ...options, ...(from ?? (skim && { skim })) }).subscribe({
        next: (numbered) => {
          this.pump();
          // Decided anew, now that what is cached of them is known too.
          for (const slot of look?.missing ?? []) this.table.forgetSeen(slot, session.id);
          const slots = intake.take(numbered);
          for (const slot of slots) look?.missing.delete(slot);
          session.found$.next({ slots, physical: numbered.batch.physical, isCloser: look !== undefined });
          for (const problem of numbered.batch.problems) session.problems$.next(problem);
        },
        error: (error: unknown) => {
          // What was there may be there again.
          if ((member.isKnown || look !== undefined) && isPathMissing(error)) return complete();
          failed();
          this.#fail(session, 'scan the files', error);
        },
        complete,
      }),
    );
  }

  failed(session: HubSession, operation: string, error: unknown): void {
    this.end(session, asDuetError(session, operation, error));
  }

  #fail(session: HubSession, operation: string, error: unknown): void {
    session.fail(asDuetError(session, operation, error));
  }
}

function asDuetError(session: HubSession, operation: string, error: unknown): DuetError {
  if (error instanceof DuetError) return error;
  return new DuetError('DUET_ERR_INTERNAL', { operation, path: toDisplay(session.path), message: `cannot ${operation}: ${String(error)}`, cause: error });
}
