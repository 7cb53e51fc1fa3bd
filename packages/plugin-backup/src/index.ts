export { Repository } from './repository/repository.js';
