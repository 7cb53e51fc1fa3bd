/** Runs in a group that a test made: tells the memory before and after it reads the file that it is given. */
import { readFileSync } from 'node:fs';
import { CacheMemory } from '../../../src/kernel/memory/index.js';

const memory = new CacheMemory();
// What the reading itself takes is there before.
readFileSync(process.argv[2]).fill(0);
const before = memory.read();
readFileSync(process.argv[3]).fill(0);
const after = memory.read();
const readings = 200;
const start = performance.now();
for (let i = 0; i < readings; i++) memory.read();
const readingUs = ((performance.now() - start) * 1000) / readings;
console.log(JSON.stringify({ before, after, readingUs }));
memory.close();
