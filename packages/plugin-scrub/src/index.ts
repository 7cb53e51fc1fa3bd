export { scrub, scrub as default } from './scrub.js';
