// Bundles the command, with all that it comes with, into few files: loading some 800 modules one by one, and many of
// them again in each thread, takes longer than the work of a small run. See "The bundle" in docs/architecture.md.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { rolldown } from 'rolldown';
import { limitEngine } from '../packages/cli/dist/src/engine-limits.js';
import { compile, compiledPath, sealed } from './load-compiled.cjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'packages/cli/dist/bundle');
/** Packages with a part that is no JavaScript, which they find from where they are installed (or `load-compiled.cjs` for them); better-sqlite3 does so by `bindings`. */
const external = ['bindings', 'koffi', '@foxglove/wasm-zstd'];

/** Makes an entry of each file that a thread is started with, next to the other files. */
const threads = {
  name: 'threads',
  transform(code, id) {
    return code.replaceAll(/new URL\('(\.[^']+-thread\.js)', import\.meta\.url\)/g, (_, path) => {
      this.emitFile({ type: 'chunk', id: join(dirname(id), path), fileName: basename(path) });
      return `new URL('./${basename(path)}', import.meta.url)`;
    });
  },
};

const bundle = await rolldown({
  cwd: root,
  input: { main: 'packages/cli/dist/src/main.js' },
  platform: 'node',
  external,
  plugins: [threads],
  onLog(level, log, defaultHandler) {
    // Said of imports that are there for the unbundled modules.
    if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') defaultHandler(level === 'warn' ? 'error' : level, log);
  },
});
const { output } = await bundle.generate({
  // What is required is there at once, where what is imported takes turns of the event loop.
  format: 'cjs',
  dynamicImportInCjs: false,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
});
for (const { code } of output) {
  for (const [, path] of code.matchAll(/new URL\(["']\.\/([^"']+)["']/g)) {
    if (!output.some(({ fileName }) => fileName === path)) throw new Error(`a module starts ${path}, which is not in the bundle`);
  }
}

// Put there at once: a command that starts meanwhile finds all of it, or nothing.
const made = mkdtempSync(`${folder}.`);
chmodSync(made, 0o755);
mkdirSync(join(made, 'code'));
const modules = output.map(({ fileName, code, isEntry }) => ({ fileName, source: sourceOf(code), isEntry }));
for (const { fileName, source, isEntry } of modules) {
  writeFileSync(join(made, 'code', fileName), source);
  if (isEntry) writeFileSync(join(made, fileName), `require('./load-compiled.js').load('${fileName}');\n`);
}
// As it is when the command or a thread starts, and later.
writeCompiled();
limitEngine();
writeCompiled();
copyFileSync(join(root, 'scripts/load-compiled.cjs'), join(made, 'load-compiled.js'));
writeFileSync(join(made, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(made, 'LICENSES.txt'), licences(output.flatMap(({ moduleIds }) => moduleIds)));
rmSync(folder, { recursive: true, force: true });
renameSync(made, folder);

/** The module as a function, in ASCII: of one character that is not, V8 would have all of it in two bytes each, in each thread. */
function sourceOf(code) {
  if (/\\[^\0-\x7f]|[\u2028\u2029]|String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('what is escaped, raw, or ends a line cannot be spelled in ASCII');
  const ascii = code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(`(function (exports, require, module, __filename, __dirname) { ${ascii}\n})`);
}

/** Puts what V8 makes of the modules, with all their functions, beside them: under a name that says by which V8, with which flags. */
function writeCompiled() {
  const tag = cachedDataVersionTag();
  for (const { fileName, source } of modules) {
    setFlagsFromString('--no-lazy');
    const script = compile(source, fileName);
    setFlagsFromString('--lazy');
    writeFileSync(compiledPath(join(made, 'code', fileName), tag), sealed(source, script.createCachedData()));
  }
}

/** The licences of the packages that these modules are of. */
function licences(modules) {
  const folders = new Set(modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter((found) => found !== undefined));
  return [...folders]
    .sort()
    .map((found) => {
      const { name, version, license } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'));
      const file = readdirSync(found).find((name) => /^(licen[cs]e|copying)/i.test(name));
      return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(found, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
