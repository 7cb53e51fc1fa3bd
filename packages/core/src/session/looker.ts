import { Subscription } from 'rxjs/internal/Subscription';
import { isUnder, relativeTo } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import type { HubSession } from './hub-session.js';
import type { Intake } from './intake.js';
import { ScanIntake } from './scan-intake.js';
import { isPathMissing } from './survey.js';
import type { Survey } from './survey.js';

/** Paths in one request, so that the scan thread stays ready for others. */
const LOOK_PATHS = 1024;

/** Who can be asked to look at paths below a session's. */
export interface LookingSession {
  readonly session: HubSession;
  readonly survey: Survey;
  readonly exclude: readonly string[];
  /** Told when it cannot be looked. */
  readonly fail: (error: unknown) => void;
}

/** What was asked of a survey and is not answered yet. */
interface Request {
  readonly survey: Survey;
  readonly paths: readonly BytePath[];
  readonly hasFolders: boolean;
  /** Names that changed since: what the answer says of them is old. */
  readonly changed: Set<string>;
  readonly subscription: Subscription;
}

/** Finds out what is at a few paths now: files that were made or moved here, folders with all below them, or nothing. */
export class Looker {
  readonly #intake: Intake;
  readonly #sessions: () => readonly LookingSession[];
  /** Paths to look at, and whether a folder is to be expected there. */
  readonly #asked = new Map<BytePath, boolean>();
  /** How many of them are folders. */
  #askedFolders = 0;
  #request: Request | undefined;

  constructor(intake: Intake, sessions: () => readonly LookingSession[]) {
    this.#intake = intake;
    this.#sessions = sessions;
  }

  get idle(): boolean {
    return this.#asked.size === 0 && this.#request === undefined;
  }

  /** Whether folders are to be looked at: changes of names below them can't be understood before. */
  get awaitsFolders(): boolean {
    return this.#request?.hasFolders === true || this.#askedFolders > 0;
  }

  ask(path: BytePath, isFolder: boolean): void {
    const known = this.#asked.get(path);
    if (isFolder && known !== true) this.#askedFolders++;
    if (known !== true) this.#asked.set(path, isFolder);
  }

  /** A name changed: what is on its way about it is out of date. */
  changed(folder: number, name: BytePath): void {
    this.#request?.changed.add(`${folder}/${name}`);
  }

  /** Sends the next request if none is under way. */
  pump(): void {
    if (this.#request !== undefined || this.#asked.size === 0) return;
    const sessions = this.#sessions();
    let by: LookingSession | undefined;
    const paths: BytePath[] = [];
    let hasFolders = false;
    for (const [path, isFolder] of this.#asked) {
      const covering = sessions.filter(({ session }) => isUnder(path, session.path));
      if (by !== undefined && covering.length > 0 && !covering.includes(by)) continue;
      this.#asked.delete(path);
      if (isFolder) this.#askedFolders--;
      by ??= covering[0];
      if (covering.length === 0) continue;
      paths.push(path);
      hasFolders ||= isFolder;
      if (paths.length === LOOK_PATHS) break;
    }
    if (by !== undefined) this.#look(by, paths, hasFolders);
  }

  /** The survey is closed: what it did not answer is asked of another. */
  left(survey: Survey): void {
    if (this.#request?.survey !== survey) return;
    const { paths, hasFolders, subscription } = this.#request;
    this.#request = undefined;
    subscription.unsubscribe();
    for (const path of paths) this.ask(path, hasFolders);
  }

  stop(): void {
    this.#request?.subscription.unsubscribe();
    this.#request = undefined;
    this.#asked.clear();
    this.#askedFolders = 0;
  }

  #look(by: LookingSession, paths: readonly BytePath[], hasFolders: boolean): void {
    const { session, survey, exclude, fail } = by;
    const changed = new Set<string>();
    const subscription = new Subscription();
    const request = { survey, paths, hasFolders, changed, subscription };
    this.#request = request;
    const intake = new ScanIntake(this.#intake, session, paths, (folder, name) => changed.has(`${folder}/${name}`));
    const over = (): void => {
      if (this.#request === request) this.#request = undefined;
    };
    // What one session leaves out may be another's.
    const alone = this.#sessions().length === 1;
    const from = paths.map((path) => relativeTo(path, session.path));
    subscription.add(
      survey.scan({ residency: true, physical: false, from, ...(alone ? { exclude } : {}) }).subscribe({
        next: (batch) => void intake.take(batch),
        error: (error: unknown) => {
          over();
          if (isPathMissing(error)) intake.over();
          else fail(error);
        },
        complete: () => {
          over();
          intake.over();
        },
      }),
    );
  }
}
