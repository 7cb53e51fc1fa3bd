export { cutOut, layOut, makeFragmented } from './fragmented-file.js';
export type { Fragments } from './fragmented-file.js';
