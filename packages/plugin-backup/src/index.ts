export { backup, backup as default } from './backup.js';
export { Repository } from './repository/repository.js';
