import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { DuetError, errnoOf } from '@duet/core/model';

/** What is known of the place that output goes to. */
export interface OutputTraits {
  readonly isTerminal: boolean;
  /** Width of the terminal; default 80. */
  readonly columns?: number;
}

/**
 * Results or messages on their way out.
 *
 * A reader that went away (`duet … | head -1`) is no error: what is written
 * afterwards is dropped, and `onGone` says so, once. Any other failure is kept
 * for `flush`.
 */
export class Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly #stream: Writable;
  readonly #goneHandlers = new Set<() => void>();
  #gone = false;
  #failure: Error | undefined;
  #diversion: ((text: string) => void) | undefined;

  constructor(stream: Writable, traits: OutputTraits) {
    this.#stream = stream;
    this.isTerminal = traits.isTerminal;
    this.columns = traits.columns ?? 80;
    stream.on('error', (error: Error) => {
      if (errnoOf(error) !== 'EPIPE') this.#failure ??= error;
      if (this.#gone) return;
      this.#gone = true;
      for (const handler of this.#goneHandlers) handler();
    });
  }

  /** Whether nobody reads any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Whether more waits than should: `drained` before writing on. */
  get full(): boolean {
    return !this.#gone && this.#stream.writableNeedDrain;
  }

  /** Whether something is still on its way. */
  get busy(): boolean {
    return !this.#gone && this.#stream.writableLength > 0;
  }

  write(data: string | Uint8Array): void {
    if (this.#diversion !== undefined) this.#diversion(typeof data === 'string' ? data : Buffer.from(data).toString());
    else if (!this.#gone) this.#stream.write(data);
  }

  /** Hands what is written to `sink` instead, while live lines own the terminal. Returns what takes it back. */
  divert(sink: (text: string) => void): () => void {
    this.#diversion = sink;
    return () => {
      this.#diversion = undefined;
    };
  }

  /** Resolves when there is room again, or nobody reads any more. */
  async drained(): Promise<void> {
    if (!this.full) return;
    const abort = new AbortController();
    const stop = this.onGone(() => abort.abort());
    try {
      await once(this.#stream, 'drain', { signal: abort.signal });
    } catch (error) {
      if (!this.#gone) throw error;
    } finally {
      stop();
    }
  }

  /** Calls `handler` when nobody reads any more, at once if that is so already. Returns what takes it back. */
  onGone(handler: () => void): () => void {
    if (this.#gone) handler();
    this.#goneHandlers.add(handler);
    return () => this.#goneHandlers.delete(handler);
  }

  /**
   * Resolves when all is written.
   *
   * @throws {DuetError} `DUET_ERR_OUTPUT` if it could not be, other than because nobody reads it.
   */
  async flush(): Promise<void> {
    if (!this.#gone) {
      await new Promise<void>((resolve) => {
        const stop = this.onGone(resolve);
        this.#stream.write('', () => {
          stop();
          resolve();
        });
      });
    }
    if (this.#failure === undefined) return;
    throw new DuetError('DUET_ERR_OUTPUT', {
      operation: 'write the results',
      message: 'the results could not be written',
      cause: this.#failure,
    });
  }
}
