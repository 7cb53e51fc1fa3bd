import { DuetError, isUnder, toDisplay } from '../model/index.js';
import type { BytePath } from '../model/index.js';
import { isPseudo, mountChanges, visibleMounts } from '../kernel/index.js';
import type { Mount } from '../kernel/index.js';
import type { HubSession } from './hub-session.js';

/** The mounts that this process sees, and a notice when they change. */
export interface MountSource {
  readonly mounts: readonly Mount[];
  /** The mounts, if they may have changed since the last call; else undefined. Never waits. */
  changed(): readonly Mount[] | undefined;
  close(): void;
}

/** What changes of mounts mean to the hub. */
export interface MountOwner {
  readonly sessions: readonly HubSession[];
  mounted(mount: Mount): void;
  /** The superblock is mounted nowhere any more: its number may be another one's soon. */
  unmounted(dev: number): void;
  /** Other folders and files than before may be there. */
  look(path: BytePath, isFolder: boolean): void;
  /** The session is over. */
  end(session: HubSession, reason: DuetError): void;
}

/**
 * Keeps sessions true to the mounts below their paths: one that appears joins,
 * one that goes leaves, and a session whose own mount goes is over.
 */
export class MountFollower {
  readonly #source: MountSource;
  readonly #owner: MountOwner;
  #mounts: readonly Mount[];
  #mountPoints: ReadonlySet<BytePath>;

  constructor(source: MountSource, owner: MountOwner) {
    this.#source = source;
    this.#owner = owner;
    this.#mounts = source.mounts;
    this.#mountPoints = new Set(source.mounts.map((mount) => mount.mountPoint));
  }

  /** Whether something is mounted there: what the folder above says of that name is hidden. */
  isMountPoint(path: BytePath): boolean {
    return this.#mountPoints.has(path);
  }

  /** Mounts that hold files below a path, first the one that it is on itself. */
  mountsOf(path: BytePath): Mount[] {
    return visibleMounts(this.#mounts, path).filter((mount) => !isPseudo(mount.fsType));
  }

  /** Does what changes since the last call ask for. */
  pump(): void {
    const after = this.#source.changed();
    if (after === undefined) return;
    const before = this.#mounts;
    this.#mounts = after;
    this.#mountPoints = new Set(after.map((mount) => mount.mountPoint));
    const used = new Set(after.map((mount) => mount.dev));
    for (const dev of new Set(before.map((mount) => mount.dev))) if (!used.has(dev)) this.#owner.unmounted(dev);
    // What went and came again before anybody looked has the same line as before, and another content.
    const unexplained = sameLines(before, after);
    for (const session of this.#owner.sessions.slice()) {
      if (unexplained) this.#joinAgain(session);
      else this.#apply(session, before, after);
    }
  }

  #joinAgain(session: HubSession): void {
    for (const mount of this.mountsOf(session.path)) this.#owner.mounted(mount);
    this.#owner.look(session.path, true);
  }

  #apply(session: HubSession, before: readonly Mount[], after: readonly Mount[]): void {
    const { appeared, vanished } = mountChanges(before, after, session.path);
    const holdsFiles = (mount: Mount): boolean => !isPseudo(mount.fsType);
    const own = visibleMounts(before, session.path)[0] as Mount | undefined;
    if (own !== undefined && vanished.includes(own) && !after.some((mount) => mount.id === own.id)) {
      this.#owner.end(session, gone(session.path, own));
      return;
    }
    for (const mount of vanished.filter(holdsFiles)) session.mounts$.next({ type: 'left', mountPoint: mount.mountPoint, fsType: mount.fsType, reason: gone(session.path, mount) });
    for (const mount of appeared.filter(holdsFiles)) {
      this.#owner.mounted(mount);
      session.mounts$.next({ type: 'joined', mountPoint: mount.mountPoint, fsType: mount.fsType });
    }
    for (const { mountPoint } of [...vanished, ...appeared]) this.#owner.look(isUnder(mountPoint, session.path) ? mountPoint : session.path, true);
  }
}

function gone(path: BytePath, mount: Mount): DuetError {
  return new DuetError('DUET_ERR_MOUNT_GONE', {
    operation: 'follow the mounts',
    path: toDisplay(path),
    message: `${toDisplay(mount.mountPoint)} (${mount.fsType}) is no longer mounted`,
  });
}

function sameLines(before: readonly Mount[], after: readonly Mount[]): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
