'use strict';
// Goes into the bundle, as its loader: takes modules as V8 compiled them when the bundle was made (see bundle.mjs).
// Compiling them anew, in each thread, takes longer than a small run has.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');

/** Modules of the bundle that are loaded, or about to be, by file name. */
const modules = new Map();
const folder = join(__dirname, 'code');

/** Loads a module of the bundle, once. */
exports.load = function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const path = join(folder, name);
  const run = exports.compile(readFileSync(path, 'utf8'), path, compiled(path)).runInThisContext();
  // What it names by its own place, the entries of threads, is beside this file.
  run.call(module.exports, module.exports, requireFrom, module, join(__dirname, name), __dirname);
  return module.exports;
};

/** The module as a script. V8 leaves `cachedData` alone that does not fit it, or a source of this length. */
exports.compile = (source, filename, cachedData) => new Script(`(function (exports, require, module, __filename, __dirname) { ${source}\n})`, { filename, cachedData });

/** Where the module at `path` is compiled by a V8 of this version, with these flags. */
exports.compiledPath = (path, tag) => `${path}.${tag}`;

function requireFrom(name) {
  return name.startsWith('./') ? exports.load(name.slice(2)) : require(name);
}

/** Undefined where the bundle was made with another Node. */
function compiled(path) {
  try {
    return readFileSync(exports.compiledPath(path, cachedDataVersionTag()));
  } catch {
    return undefined;
  }
}
