import type { NameEvent, NameSink, NameSource } from '../../../src/model/index.js';

/** Keeps what a source of names tells. */
export class NameLog implements NameSink {
  readonly events: NameEvent[] = [];
  readonly lost: number[] = [];

  named(event: NameEvent): void {
    this.events.push(event);
  }

  namesLost(dev: number): void {
    this.lost.push(dev);
  }

  /** One short line an event: `+made`, `-removed`, `from>to`, `?unsure`; folders end in a slash. */
  get lines(): string[] {
    return this.events.map(line);
  }
}

/** What is waiting at `source`. */
export function drained(source: NameSource): NameLog {
  const log = new NameLog();
  source.drain(log);
  return log;
}

function line({ from, to, unsure, isFolder }: NameEvent): string {
  const slash = isFolder ? '/' : '';
  if (unsure === true) return `?${to?.name}${slash}`;
  if (from === undefined) return `+${to?.name}${slash}`;
  return to === undefined ? `-${from.name}${slash}` : `${from.name}>${to.name}${slash}`;
}
