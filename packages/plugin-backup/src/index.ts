export { backup, backup as default } from './backup.js';
