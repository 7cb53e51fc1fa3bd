import type { Logger as Pino } from 'pino';
import type { Logger } from '@duet/core';
import { loadAtOnce } from '../load-at-once.js';
import type { Output } from '../output/output.js';
import { printable } from '../render/printable.js';

/** Where messages go, which ones, and whether in colour. */
export interface StderrLoggerOptions {
  readonly output: Output;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly color: boolean;
}

/** Levels of pino, the least important first. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * Messages for people: one line each, nothing in them that a terminal acts upon.
 *
 * What writes them is loaded with the first one: most runs have nothing to say,
 * and it would take as long as a fifth of the start.
 */
export function stderrLogger(options: StderrLoggerOptions): Logger {
  let log: Pino | undefined;
  const silent = LEVELS.slice(0, LEVELS.indexOf(options.level));
  const say =
    (level: (typeof LEVELS)[number]) =>
    (message: string): void => {
      if (!silent.includes(level)) (log ??= open(options))[level](printable(message));
    };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

function open({ output, level, color }: StderrLoggerOptions): Pino {
  const { pino } = loadAtOnce('pino') as typeof import('pino');
  const pretty = loadAtOnce('pino-pretty') as typeof import('pino-pretty');
  const text = pretty.prettyFactory({
    colorize: color,
    ignore: level === 'debug' ? 'pid,hostname' : 'pid,hostname,time',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return pino({ level }, { write: (line: string) => output.write(text(line)) });
}
