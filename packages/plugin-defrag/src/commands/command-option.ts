import { DuetError } from '@duet/core';
import type { CommandContext } from '@duet/core';
import type { z } from 'zod';

/** The value of an option of a command, or `fallback` if it was not given. @throws {DuetError} `DUET_ERR_USAGE` */
export function commandOption<T>(ctx: CommandContext, key: string, flag: string, schema: z.ZodType<T>, fallback: T): T {
  const value = ctx.options[key];
  if (value === undefined) return fallback;
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new DuetError('DUET_ERR_USAGE', { operation: 'read the options', message: `${flag}: ${error.issues.map(({ message }) => message).join('; ')}` });
}
