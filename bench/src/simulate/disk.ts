/** A unit that the disk reads. */
export interface Request {
  readonly unit: number;
  readonly foreground: boolean;
}

/** How fast a disk is. */
export interface DiskSpeed {
  readonly bytesPerSecond: number;
  /** What a read costs besides, in milliseconds, unless it follows the one before; default 0. */
  readonly seekMs?: number;
}

/**
 * A disk that reads one unit after the other, those that applications wait for
 * first. Units lie on it in the order of their numbers.
 */
export class Disk {
  readonly #unitMs: number;
  readonly #seekMs: number;
  /** Applications' requests, then those of tasks; the first one of all is being read. */
  readonly #waiting: { readonly foreground: Request[]; readonly tasks: Request[] } = { foreground: [], tasks: [] };
  #current: Request | undefined;
  #head = -1;

  constructor({ bytesPerSecond, seekMs = 0 }: DiskSpeed, unitBytes: number) {
    this.#unitMs = (unitBytes / bytesPerSecond) * 1000;
    this.#seekMs = seekMs;
  }

  ask(request: Request): void {
    (request.foreground ? this.#waiting.foreground : this.#waiting.tasks).push(request);
  }

  /** Begins with what is asked for, if there is something and nothing is being read; gives how long it takes, in milliseconds. */
  begin(): number | undefined {
    if (this.#current !== undefined) return undefined;
    this.#current = this.#waiting.foreground.shift() ?? this.#waiting.tasks.shift();
    if (this.#current === undefined) return undefined;
    const { unit } = this.#current;
    const takesMs = this.#unitMs + (unit === this.#head ? 0 : this.#seekMs);
    this.#head = unit + 1;
    return takesMs;
  }

  /** What was being read has been read. */
  end(): Request {
    const request = this.#current as Request;
    this.#current = undefined;
    return request;
  }
}
