const SECOND_NS = 1_000_000_000n;
/** The years from 0 to 9999 are those that RFC 3339 can say. */
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
const FIRST_SECOND = -62_167_219_200;

let lastNs: bigint | undefined;
let lastTime = '';
let lastSecond = Number.NaN;
let lastText: readonly [string, string] = ['', ''];

/** A time as Go writes it in JSON: RFC 3339 in the local time zone, without trailing zeros in the fraction. */
export function goTime(ns: bigint): string {
  // The times of one entry are often the same.
  if (ns !== lastNs) {
    lastTime = textOf(ns);
    lastNs = ns;
  }
  return lastTime;
}

function textOf(ns: bigint): string {
  let second = Number(ns / SECOND_NS);
  let fraction = Number(ns % SECOND_NS);
  if (fraction < 0) {
    second--;
    fraction += 1e9;
  }
  const [date, zone] = secondText(second);
  return fraction === 0 ? date + zone : `${date}.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}${zone}`;
}

/** Neighbours in a folder often have the same second. */
function secondText(second: number): readonly [string, string] {
  if (second === lastSecond) return lastText;
  lastSecond = second;
  const clamped = Math.min(Math.max(second, FIRST_SECOND), LAST_SECOND);
  const offset = -Math.trunc(new Date(clamped * 1000).getTimezoneOffset());
  const date = new Date((clamped + offset * 60) * 1000).toISOString().slice(0, 19);
  const minutes = Math.abs(offset);
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  lastText = [date, zone];
  return lastText;
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}
