import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { errnoOf } from '../model/index.js';
import { StateFolder } from './state-folder.js';

/** Longest wait for a process that does not answer, in milliseconds: it may be stopped. */
const ANSWER_MS = 1000;
const NAME = /^(\d+)-\d+$/;

/** What a process says of itself; undefined if it does not answer. */
export interface ProcessStatus<Status> {
  readonly pid: number;
  readonly status: Status | undefined;
}

let opened = 0;

/**
 * Tells other processes of the same user what is going on in this one: a
 * socket in the state folder, where whoever connects gets an object as JSON.
 *
 * Does not keep the process alive. What a killed one leaves behind goes with
 * the next look at it.
 */
export class StatusSocket {
  readonly #server: Server;
  readonly #folder: Folder;
  readonly #name = `${process.pid}-${++opened}`;

  /** `failed` is told if there can't be one, as on a file system without sockets: then nobody is answered. */
  constructor(stateDir: string, status: () => object, failed: (error: Error) => void) {
    this.#folder = Folder.make(new StateFolder(stateDir).status);
    this.#folder.remove(this.#name);
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(JSON.stringify(status()), () => socket.destroy());
    });
    this.#server.on('error', failed);
    this.#server.listen(this.#folder.pathOf(this.#name)).unref();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        this.#folder.remove(this.#name);
        this.#folder.close();
        resolve();
      });
    });
  }
}

/** Asks all processes that have a `StatusSocket` in the state folder, in the order of their numbers. */
export async function processStatuses<Status extends object>(stateDir: string): Promise<ProcessStatus<Status>[]> {
  const folder = Folder.find(new StateFolder(stateDir).status);
  if (folder === undefined) return [];
  try {
    const answers = folder.names().map(async (name): Promise<ProcessStatus<Status> | undefined> => {
      const pid = Number(NAME.exec(name)?.[1]);
      try {
        return { pid, status: JSON.parse(await ask(folder.pathOf(name))) as Status };
      } catch (error) {
        if (isRunning(pid)) return { pid, status: undefined };
        if (errnoOf(error) === 'ECONNREFUSED') folder.remove(name);
        return undefined;
      }
    });
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  } finally {
    folder.close();
  }
}

/** The folder of sockets, opened: its descriptor gives paths that are never too long for an address (107 bytes). */
class Folder {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
  }

  static make(path: string): Folder {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new Folder(path);
  }

  /** Undefined if it is not there, or somebody else's. */
  static find(path: string): Folder | undefined {
    try {
      return new Folder(path);
    } catch {
      return undefined;
    }
  }

  names(): string[] {
    return readdirSync(this.#path).filter((name) => NAME.test(name)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  pathOf(name: string): string {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  remove(name: string): void {
    rmSync(this.pathOf(name), { force: true });
  }

  close(): void {
    closeSync(this.#fd);
  }
}

async function ask(path: string): Promise<string> {
  const socket = connect(path);
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
  return text(socket);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
