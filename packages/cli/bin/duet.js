#!/usr/bin/env node
// A file of its own, since what the compiler writes is not executable.
import { createRequire } from 'node:module';

// As dist/src/load-at-once.js does it, for the command itself.
createRequire(import.meta.url)('../dist/src/main.js');
