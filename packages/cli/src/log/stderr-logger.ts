import type { Logger } from '@duet/core';
import type { Output } from '../output/output.js';
import { printable } from '../render/printable.js';

/** Where messages go, which ones, and whether in colour. */
export interface StderrLoggerOptions {
  readonly output: Output;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly color: boolean;
}

/** The least important first, with their colours on a terminal. */
const COLORS = { debug: 34, info: 32, warn: 33, error: 31 } as const;
type Level = keyof typeof COLORS;
const LEVELS = Object.keys(COLORS) as Level[];

/** Messages for people: one line each, nothing in them that a terminal acts upon; where all are asked for, with the time of day. */
export function stderrLogger({ output, level, color }: StderrLoggerOptions): Logger {
  const from = LEVELS.indexOf(level);
  const say = (name: Level): Logger['info'] => {
    if (LEVELS.indexOf(name) < from) return () => undefined;
    const label = color ? `\x1b[${COLORS[name]}m${name.toUpperCase()}\x1b[39m` : name.toUpperCase();
    return (message) => output.write(`${level === 'debug' ? `[${timeOfDay()}] ` : ''}${label}: ${printable(message)}\n`);
  };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

/** Local time, to the millisecond. */
function timeOfDay(now = new Date()): string {
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`;
}
