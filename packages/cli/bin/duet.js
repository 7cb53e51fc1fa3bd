#!/usr/bin/env node
// A file of its own, since what the compiler writes is not executable.
await import('../dist/src/main.js');
