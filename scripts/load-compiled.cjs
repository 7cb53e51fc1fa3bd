'use strict';
// Goes into the bundle, as its loader: takes modules as V8 compiled them when the bundle was made (see bundle.mjs).
// Compiling them anew, in each thread, takes longer than a small run has.
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { cachedDataVersionTag } = require('node:v8');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

/** Modules of the bundle that are loaded, or about to be, by file name. */
const modules = new Map();
const folder = join(__dirname, 'code');
/** Eight: what V8 takes has to be aligned. */
const SEAL_BYTES = 8;

/** Loads a module of the bundle, once. */
exports.load = function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  try {
    const path = join(folder, name);
    const source = readFileSync(path);
    const run = exports.compile(source, path, compiled(path, source)).runInThisContext();
    // What it names by its own place, the entries of threads, is beside this file.
    run.call(module.exports, module.exports, requireFrom, module, join(__dirname, name), __dirname);
    return module.exports;
  } catch (error) {
    modules.delete(name);
    throw error;
  }
};

/** The module as a script: what is in its file is a function, in ASCII. V8 leaves `cachedData` alone that is another V8's, or for a source of another length; it does not look any closer. */
exports.compile = (source, filename, cachedData) => new Script(source.toString('latin1'), { filename, cachedData });

/** Where the module at `path` is compiled by a V8 of this version, with these flags. */
exports.compiledPath = (path, tag) => `${path}.${tag}`;

/** What is written there: V8's data, behind a checksum of the module and them. */
exports.sealed = (source, data) => {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUInt32LE(checksum(source, data));
  return Buffer.concat([seal, data]);
};

/** V8's data, if they are whole and of this module. */
exports.unsealed = (source, file) => {
  const data = file.subarray(SEAL_BYTES);
  return file.length > SEAL_BYTES && file.readUInt32LE() === checksum(source, data) ? data : undefined;
};

function checksum(source, data) {
  return crc32(data, crc32(source));
}

function requireFrom(name) {
  if (name.startsWith('./')) return exports.load(name.slice(2));
  if (!native.has(name)) return require(name);
  if (!found.has(name)) found.set(name, native.get(name)());
  return found.get(name);
}

/** What packages load of their own that is no JavaScript, from where they have it as a rule: to look in all places takes some 10 ms in each thread. */
const native = new Map(Object.entries({
  /** The package of its binaries chooses by the C library. */
  koffi: () => orElse(() => partOf('koffi', `@koromix/koffi-linux-${process.arch}`), () => require('koffi')),
  /** With which better-sqlite3 finds its own. */
  bindings: () => (name) => orElse(() => partOf('better-sqlite3', `../build/Release/${name}`), () => partOf('better-sqlite3', 'bindings')({ bindings: name, module_root: join(require.resolve('better-sqlite3'), '../..') })),
}));
/** Those of them that are loaded. */
const found = new Map();

/** A module as the package finds it. */
function partOf(name, part) {
  return createRequire(require.resolve(name))(part);
}

/** What is found one way, or, where nothing is, another. */
function orElse(way, otherwise) {
  try {
    return way();
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return otherwise();
  }
}

/** Undefined where the bundle was made with another Node, or the data are damaged. */
function compiled(path, source) {
  try {
    return exports.unsealed(source, readFileSync(exports.compiledPath(path, cachedDataVersionTag())));
  } catch {
    return undefined;
  }
}
