export { IoPressure } from './io-pressure.js';
export type { IoPressureOptions } from './io-pressure.js';
