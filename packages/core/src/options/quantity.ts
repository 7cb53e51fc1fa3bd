import bytes from 'bytes';
import ms from 'ms';
import { z } from 'zod';

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?$/i;

/** A number of bytes: `10G`, `512MiB`, `4096`; units are powers of 1,024. */
export const size = z.union([z.number().positive(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, number, unit] = SIZE.exec(value.trim()) ?? [];
  const parsed = number === undefined ? null : bytes.parse(`${number}${unit}b`);
  if (parsed !== null && parsed > 0) return parsed;
  context.issues.push({ code: 'custom', message: `'${value}' is no size; write 10G or 512MiB`, input: value });
  return z.NEVER;
});

/** A length of time in milliseconds: `30d`, `2h`, `90min`. A bare number is refused, for it says no unit. */
export const duration = z.string().transform((value, context) => {
  const parsed = /[a-z]$/i.test(value.trim()) ? (ms(value.trim() as ms.StringValue) as number | undefined) : undefined;
  if (parsed !== undefined && parsed > 0) return parsed;
  context.issues.push({ code: 'custom', message: `'${value}' is no duration; write 30d, 2h or 90min`, input: value });
  return z.NEVER;
});

/** Globs: a list, or a string with commas between them; commas inside braces do not count. */
export const globs = z.union([z.array(z.string()), z.string().transform((value) => value.split(/,(?![^{]*\})/).map((glob) => glob.trim()).filter((glob) => glob !== ''))]);
