import { styleText } from 'node:util';
import loglevel from 'loglevel';
import type { LogLevelNames } from 'loglevel';
import type { Logger } from '@duet/core';
import type { Output } from '../output/output.js';
import { printable } from '../render/printable.js';

/** Where messages go, which ones, and whether in colour. */
export interface StderrLoggerOptions {
  readonly output: Output;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly color: boolean;
}

const COLORS = { trace: 'gray', debug: 'blue', info: 'green', warn: 'yellow', error: 'red' } as const satisfies Record<LogLevelNames, string>;

/** Messages for people: one line each, nothing in them that a terminal acts upon; where all are asked for, with the time of day. */
export function stderrLogger({ output, level, color }: StderrLoggerOptions): Logger {
  const log = loglevel.getLogger(Symbol('stderr'));
  log.methodFactory = (name) => {
    const label = color ? styleText(COLORS[name], name.toUpperCase(), { validateStream: false }) : name.toUpperCase();
    return (message: string) => output.write(`${level === 'debug' ? `[${timeOfDay()}] ` : ''}${label}: ${printable(message)}\n`);
  };
  log.setLevel(level, false);
  return log;
}

/** Local time, to the millisecond. */
function timeOfDay(now = new Date()): string {
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`;
}
