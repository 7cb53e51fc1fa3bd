export { excludes } from './exclude.js';
export { duration, globs, size } from './quantity.js';
