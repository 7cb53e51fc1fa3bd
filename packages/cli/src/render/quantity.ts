import { filesize } from 'filesize';
import prettyMs from 'pretty-ms';

/** Bytes for people, in units of 1024: `1.5 KiB`. */
export function size(bytes: number): string {
  return filesize(bytes, { standard: 'iec', round: bytes < 1024 ? 0 : 1, pad: bytes >= 1024 });
}

/** Milliseconds for people: `850ms`, `12.3s`, `3m 20s`. */
export function duration(ms: number): string {
  if (ms < 60_000) return prettyMs(Math.max(0, Math.round(ms)), { secondsDecimalDigits: 1 });
  return prettyMs(Math.round(ms / 1000) * 1000, { unitCount: 2 });
}

/** `part` of `whole` in whole percent, rounded down: 100 % only if nothing is missing. An empty whole is complete. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 100 : Math.max(0, Math.min(100, Math.floor((part * 100) / whole)));
}

/** A count with its noun: `1 file`, `3 files`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A whole number with its thousands apart: `1,234`. `toLocaleString` takes 10 ms to say its first one. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
