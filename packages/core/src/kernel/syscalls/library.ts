import koffi from 'koffi';

/** The C library of this process. */
export const libc = koffi.load(null);

/**
 * Negative errno of a C call that returned -1, else what it returned.
 *
 * Call it with the result and nothing in between: errno is overwritten soon.
 */
export function checked(result: number): number {
  return result === -1 ? -koffi.errno() : result;
}

/** A bare system call, for those the C library has no function for; unused arguments are 0. */
export const syscall = libc.func('intptr_t syscall(intptr_t number, intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e)') as (
  number: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
) => number;
