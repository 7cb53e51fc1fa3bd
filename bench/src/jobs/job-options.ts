import { z } from 'zod';

/** An option of every job: how many units it processes at once. */
export function threads(usual: number): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(1).max(64).default(usual).describe(`threads; default: ${usual}`);
}

/** An option of jobs that write. */
export const target = z.string().min(1).describe('folder to write to, which exists');
