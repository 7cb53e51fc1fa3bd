export { FanotifyNames } from './fanotify-names.js';
export { QuietNames } from './quiet-names.js';
