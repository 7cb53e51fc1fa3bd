#!/usr/bin/env node
'use strict';
// A file of its own, since what the compiler writes is not executable. CommonJS, by the package.json beside it: to load
// the first ES module takes some 5 ms, and the bundle has none.
const { statSync } = require('node:fs');
const { join } = require('node:path');

const BUNDLE = '../dist/bundle/main.js';
const MODULES = '../dist/src/main.js';
/** What the bundle is made of. */
const PACKAGES = ['cli', 'core', 'plugin-backup', 'plugin-defrag', 'plugin-rsync', 'plugin-scrub'];

// As dist/src/load-at-once.js does it, for the command itself.
require(hasPluginModules() || !isFresh() ? MODULES : BUNDLE);

/** A module of somebody else's imports @duet/core, and that has to be the one that the command uses. */
function hasPluginModules() {
  return process.argv.some((argument) => argument === '--plugin' || argument.startsWith('--plugin='));
}

/** Whether nothing was compiled since the bundle was made. An installed package has no record of the compiler. */
function isFresh() {
  const bundled = changedMs(BUNDLE);
  return bundled !== undefined && PACKAGES.every((name) => (changedMs(`../../${name}/dist/.tsbuildinfo`) ?? 0) <= bundled);
}

function changedMs(path) {
  return statSync(join(__dirname, path), { throwIfNoEntry: false })?.mtimeMs;
}
