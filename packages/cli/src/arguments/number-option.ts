import bytes from 'bytes';
import ms from 'ms';
import type { StringValue } from 'ms';
import { usageError } from './usage-error.js';

/** A century. */
const MOST_MS = 100 * 365 * 86_400_000;

/**
 * Reads a duration such as `8h`, `30m` or `1.5 days`, in milliseconds.
 *
 * A bare number is taken in `bareUnitMs`; without that the unit is required.
 *
 * @throws {DuetError} `DUET_ERR_USAGE`
 */
export function durationOption(option: string, bareUnitMs?: number): (text: string) => number {
  return (text) => {
    const bare = /^\d+(\.\d+)?$/.test(text.trim());
    if (bare && bareUnitMs === undefined) {
      throw usageError(`option '${option}' needs a unit: '${text}'`, `say '${text}h', '${text}m' or '${text}s'`);
    }
    const value = bare ? Number(text) * (bareUnitMs as number) : durationMs(text);
    if (value === undefined || !(value > 0 && value <= MOST_MS)) {
      throw usageError(`option '${option}' takes a duration above zero, not '${text.slice(0, 50)}'`, 'such as 90s, 30m, 8h or 2d');
    }
    return value;
  };
}

/** Reads a whole number from `least` up. @throws {DuetError} `DUET_ERR_USAGE` */
export function countOption(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw usageError(`option '${option}' takes a whole number from ${least} up, not '${text}'`);
  };
}

/** Reads a share of 0 to 100 percent. @throws {DuetError} `DUET_ERR_USAGE` */
export function percentOption(option: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : NaN;
    if (value <= 100) return value;
    throw usageError(`option '${option}' takes a percentage from 0 to 100, not '${text.slice(0, 50)}'`);
  };
}

/** Reads a number of bytes above zero, such as `50M` or `1.5GiB`; units are powers of 1,024. @throws {DuetError} `DUET_ERR_USAGE` */
export function bytesOption(option: string): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
    const value = number === undefined ? null : bytes.parse(`${number}${unit}b`);
    if (value !== null && value > 0) return value;
    throw usageError(`option '${option}' takes a number of bytes above zero, not '${text.slice(0, 50)}'`, 'such as 800K, 50M or 1.5G');
  };
}

function durationMs(text: string): number | undefined {
  // `ms` throws for empty and very long text, and returns undefined for what it cannot read.
  return text.length === 0 || text.length > 100 ? undefined : (ms(text as StringValue));
}
