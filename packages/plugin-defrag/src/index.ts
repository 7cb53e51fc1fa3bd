export { defrag, defrag as default } from './defrag.js';
