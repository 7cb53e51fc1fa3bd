import { pino } from 'pino';
import { default as pretty } from 'pino-pretty';
import type { Logger } from '@duet/core';
import type { Output } from '../output/output.js';
import { printable } from '../render/printable.js';

/** Where messages go, which ones, and whether in colour. */
export interface StderrLoggerOptions {
  readonly output: Output;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly color: boolean;
}

/** Messages for people: one line each, nothing in them that a terminal acts upon. */
export function stderrLogger({ output, level, color }: StderrLoggerOptions): Logger {
  const text = pretty.prettyFactory({
    colorize: color,
    ignore: level === 'debug' ? 'pid,hostname' : 'pid,hostname,time',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  const log = pino({ level }, { write: (line: string) => output.write(text(line)) });
  return {
    debug: (message) => log.debug(printable(message)),
    info: (message) => log.info(printable(message)),
    warn: (message) => log.warn(printable(message)),
    error: (message) => log.error(printable(message)),
  };
}
