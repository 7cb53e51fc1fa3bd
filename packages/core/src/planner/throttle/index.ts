export { ByteBucket } from './byte-bucket.js';
export { PressurePace } from './pressure-pace.js';
