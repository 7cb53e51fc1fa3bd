import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuetError, Root } from '@duet/core';
import type { BytePath, FileRef, Logger } from '@duet/core';
import { close, Stat } from '@duet/core/kernel/syscalls';
import { passes } from './command/arguments.js';
import type { Passes } from './command/arguments.js';
import { Rsync } from './command/rsync.js';
import { isOpenSsh, remoteShell } from './connection/remote-shell.js';
import { SshMaster } from './connection/ssh-master.js';
import { hasFilters } from './options.js';
import type { RsyncOptions } from './options.js';
import type { OwnerAndMode } from './transfer/owner-and-mode.js';
import { removeLeftovers } from './transfer/unfinished-folder.js';
import { WholeFolders } from './transfer/whole-folders.js';
import type { FileList } from './transfer/whole-folders.js';

/** What a mirror needs to be opened. */
export interface MirrorSetting {
  readonly path: BytePath;
  readonly options: RsyncOptions;
  /** Globs of what the run leaves out; default none. */
  readonly exclude?: readonly string[];
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly alive: () => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A source and its target, with the connection between them, as long as they are needed. */
export class Mirror {
  readonly rsync: Rsync;
  readonly passes: Passes;
  /** Path of the source by its descriptor: it stays the same folder, and is text whatever its name is. */
  readonly source: string;
  /** Name of the folder at the top of the target in which files are until they are whole. */
  readonly unfinished: string;
  readonly #root: Root;
  readonly #folders: WholeFolders | undefined;
  readonly #setting: MirrorSetting;
  readonly #master: SshMaster | undefined;
  readonly #stat = new Stat();

  /** @throws {DuetError} `DUET_ERR_USAGE` for a path that is no folder, `DUET_ERR_RSYNC_MISSING` */
  constructor(setting: MirrorSetting) {
    const { options, exclude, path, log, signal, alive, now } = setting;
    this.#setting = setting;
    this.#root = Root.open(path);
    try {
      if (!this.#root.isFolder) throw new DuetError('DUET_ERR_USAGE', { operation: 'mirror a folder', message: 'rsync mirrors a folder, not a single file', path });
      // What is left out, and is new in a folder, would come with it.
      this.#folders = hasFilters(options) || (exclude ?? []).length > 0 ? undefined : new WholeFolders(this.#root, now);
      this.source = `/proc/${process.pid}/fd/${this.#root.fd}`;
      this.unfinished = `.duet-rsync-${createHash('sha256').update(`${hostname()}\0${path}`).digest('hex').slice(0, 12)}`;
      this.rsync = new Rsync({ cwd: this.source, retries: options.retries, log, signal, alive });
      const shell = remoteShell(options);
      if (shell !== undefined && isOpenSsh(shell) && options.target.kind === 'ssh') this.#master = new SshMaster(shell, options.target.host, log);
      this.passes = passes(options, this.unfinished, this.#master?.shell ?? shell, exclude);
    } catch (error) {
      this.#root.close();
      throw error;
    }
  }

  /** Connects. */
  async open(): Promise<void> {
    await this.#master?.open(this.#setting.signal);
  }

  /** These files as rsync takes them. */
  list(files: readonly BytePath[]): FileList {
    return this.#folders?.list(files) ?? { files, folders: [] };
  }

  /** Owner and mode of a file of the source, if it is still what it was. */
  ofUnchanged({ path, id, dev, size, mtimeNs, ctimeNs }: FileRef): OwnerAndMode | undefined {
    const fd = this.#root.locate(path);
    if (fd < 0) return undefined;
    const stat = this.#stat;
    const isRead = stat.read(fd) === 0;
    close(fd);
    const isUnchanged = isRead && stat.ino === id.ino && stat.dev === dev && stat.size === size && stat.mtimeNs === mtimeNs && stat.ctimeNs === ctimeNs;
    return isUnchanged ? { uid: stat.uid, gid: stat.gid, mode: stat.mode } : undefined;
  }

  /** Makes the target, if only its last part is missing, and the folder of unfinished files in it. */
  async prepare(): Promise<void> {
    const { target } = this.#setting.options;
    if (target.kind === 'local') return this.#prepareFolder(target.path);
    const stage = mkdtempSync(join(tmpdir(), 'duet-rsync-'));
    try {
      mkdirSync(join(stage, this.unfinished), { mode: 0o700 });
      await this.rsync.run('prepare the target', this.passes.prepare, { files: [this.unfinished as BytePath], cwd: stage });
    } finally {
      rmSync(stage, { recursive: true, force: true });
    }
  }

  #prepareFolder(target: string): void {
    const folder = join(target, this.unfinished);
    try {
      // Until it has the mode of the source's.
      for (const path of [target, folder]) if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, 0o700);
      removeLeftovers(target, this.unfinished);
    } catch (cause) {
      throw new DuetError('DUET_ERR_RSYNC_TARGET', { operation: 'prepare the target', message: `cannot make ${folder}`, path: target, cause });
    }
  }

  async close(): Promise<void> {
    await this.#master?.close();
    this.#root.close();
  }
}
