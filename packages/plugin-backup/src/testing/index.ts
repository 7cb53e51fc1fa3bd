export * from './every-kind.js';
export * from './tree-picture.js';
