export { backup, backup as default } from './backup.js';
export { LocalStorage } from './repository/local-storage.js';
export { Repository } from './repository/repository.js';
