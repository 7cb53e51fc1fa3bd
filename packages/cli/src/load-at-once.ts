import { createRequire } from 'node:module';

/**
 * Loads a module, and all that it imports, at once.
 *
 * `import()` takes turns of the event loop for each file: for the files of a
 * run, some 500, that is a third more time. What is loaded this way must not
 * be under way by `import()` at the same time, nor wait at its top level.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/modules.html#loading-ecmascript-modules-using-require
 */
export const loadAtOnce: (specifier: string) => unknown = createRequire(import.meta.url);
