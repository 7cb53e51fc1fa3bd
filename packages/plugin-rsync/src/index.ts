export { rsync, rsync as default } from './rsync.js';
