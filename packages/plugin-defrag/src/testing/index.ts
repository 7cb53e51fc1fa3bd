export { makeFragmented } from './fragmented-file.js';
