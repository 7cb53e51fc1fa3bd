export { IoPressure } from './io-pressure.js';
