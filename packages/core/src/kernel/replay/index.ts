export { openReplay } from './open-replay.js';
export { RecordingScanner, RecordingSource } from './recording.js';
export { ReplayScanner } from './replay-scanner.js';
export type { ReplayScannerOptions } from './replay-scanner.js';
export { ReplaySource } from './replay-source.js';
export type { ReplayOptions } from './replay-source.js';
export { TraceWriter } from './trace-writer.js';
