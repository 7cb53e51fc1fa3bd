import assert from 'node:assert/strict';
import { isAscii } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAIN, SLOW_PLUGIN, Workspace } from './command-process.js';

const BUNDLE = fileURLToPath(new URL('../../../dist/bundle/', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../../', import.meta.url));
const LOG_ENTRIES = new URL('../fixtures/log-entries.js', import.meta.url).href;
const REFUSING_PLUGIN = fileURLToPath(new URL('../fixtures/refusing-plugin.js', import.meta.url));

describe('the bundled command', function () {
  this.timeout(60_000);
  let work: Workspace;
  beforeEach(() => (work = new Workspace(5)));
  afterEach(() => work.remove());

  /** The files of the bundle that a run used, by their names. */
  async function used(...argv: string[]): Promise<string[]> {
    const log = join(work.folder, 'entries');
    const env = { NODE_OPTIONS: `--import=${LOG_ENTRIES}`, DUET_TEST_ENTRIES: log };
    const ended = await work.run(['run', ...argv, '--path', work.tree, '--source', 'none'], { env });
    assert.equal(ended.exitCode, 0, ended.stderr);
    const files = readFileSync(log, 'utf8').split('\n');
    return files.filter((file) => dirname(file) === dirname(join(BUNDLE, 'main.js'))).map((file) => basename(file));
  }

  it('is what a run uses, and its threads too', async () => {
    const files = await used('scrub');
    for (const file of ['main.js', 'store-thread.js', 'scan-thread.js', 'hash-thread.js']) assert.ok(files.includes(file), `${file} of ${files.join(' ')}`);
  });

  it('is left alone where a module of somebody else is loaded', async () => {
    assert.deepEqual(await used('scrub', 'slow', '--plugin', SLOW_PLUGIN), []);
  });

  it('leaves one @duet/core to the command and a plugin of somebody else', async () => {
    const ended = await work.run(['run', 'refusing', '--plugin', REFUSING_PLUGIN, '--path', work.tree, '--source', 'none']);
    assert.equal(ended.exitCode, 3, ended.stderr);
    assert.match(ended.stderr, /the tool is not there[^]*install the tool/);
  });

  /** What Node says, started with these flags of V8, of all modules of the bundle: whether it takes what they were compiled to. */
  function taken(flags: readonly string[], prepare = ''): string[] {
    const script = `
      const { readdirSync, readFileSync } = require('node:fs');
      const { compile, compiledPath, unsealed } = require(${JSON.stringify(join(BUNDLE, 'load-compiled.js'))});
      ${prepare}
      const tag = require('node:v8').cachedDataVersionTag();
      for (const name of readdirSync(${JSON.stringify(join(BUNDLE, 'code'))}).filter((name) => name.endsWith('.js'))) {
        const path = ${JSON.stringify(join(BUNDLE, 'code'))} + '/' + name;
        const source = readFileSync(path);
        console.log(name, compile(source, path, unsealed(source, readFileSync(compiledPath(path, tag)))).cachedDataRejected);
      }`;
    return execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' }).trim().split('\n');
  }

  it('has all modules compiled, for the command and its threads, and for what is loaded when its engine is limited', () => {
    const limits = fileURLToPath(new URL('../../src/engine-limits.js', import.meta.url));
    const limited = `const { limitEngine } = require(${JSON.stringify(limits)}); limitEngine();`;
    for (const lines of [taken([]), taken([], limited)]) {
      assert.ok(lines.includes('main.js false'), lines.join(' '));
      assert.deepEqual(lines.filter((line) => !line.endsWith(' false')), []);
    }
  });

  it('is in ASCII, and says what is not', () => {
    const code = join(BUNDLE, 'code');
    for (const name of readdirSync(code).filter((name) => name.endsWith('.js'))) assert.ok(isAscii(readFileSync(join(code, name))), name);
    const [bundled, modules] = [MAIN, join(PACKAGES, 'cli/dist/src/main.js')].map((main) => execFileSync(process.execPath, [main, 'backup', 'verify', '--help'], { encoding: 'utf8' }));
    assert.equal(bundled, modules);
    assert.match(bundled, /2\/7, …/);
  });

  it('runs where they were compiled by another Node', () => {
    const version = execFileSync(process.execPath, ['--stack-size=900', join(BUNDLE, 'main.js'), '--version'], { encoding: 'utf8' });
    assert.match(version, /^\d+\.\d+\.\d+\n$/);
  });

  it('compiles anew what is damaged, or another module of the same length', () => {
    const { sealed, unsealed } = createRequire(import.meta.url)(join(BUNDLE, 'load-compiled.js')) as {
      sealed: (source: string, data: Buffer) => Buffer;
      unsealed: (source: string, file: Buffer) => Buffer | undefined;
    };
    const file = sealed('1 + 41', Buffer.from('what V8 made of it'));
    assert.equal(unsealed('1 + 41', file)?.toString(), 'what V8 made of it');
    assert.equal(unsealed('1 + 51', file), undefined);
    for (let at = 8; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] ^= 1;
      assert.equal(unsealed('1 + 41', damaged), undefined);
    }
    for (const length of [0, 3, 8, file.length - 1]) assert.equal(unsealed('1 + 41', file.subarray(0, length)), undefined);
  });

  it('names the packages whose licences it comes under', () => {
    const licences = readFileSync(join(BUNDLE, 'LICENSES.txt'), 'utf8');
    assert.match(licences, /^zod 4.*\(MIT\)\n\n[^]*Copyright/m);
  });
});

describe('which files the command takes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'duet-bin-'));
    for (const name of readdirSync(PACKAGES)) write(`${name}/dist/.tsbuildinfo`, '', 1000);
    write('cli/package.json', '{ "type": "module" }', 1000);
    write('cli/dist/src/main.js', "console.log('modules')", 1000);
    write('cli/dist/bundle/package.json', '{ "type": "commonjs" }', 1000);
    write('cli/dist/bundle/main.js', "console.log('bundle')", 1001);
    mkdirSync(join(folder, 'cli/bin'));
    for (const name of ['duet.js', 'package.json']) copyFileSync(join(dirname(MAIN), name), join(folder, 'cli/bin', name));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string, seconds: number): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), seconds, seconds);
  }

  const taken = (): string => execFileSync(process.execPath, [join(folder, 'cli/bin/duet.js')], { encoding: 'utf8' }).trim();

  it('the bundle, if nothing was compiled since', () => assert.equal(taken(), 'bundle'));

  it('the bundle, where there is no record of the compiler: an installed package', () => {
    for (const name of readdirSync(PACKAGES)) rmSync(join(folder, name, 'dist/.tsbuildinfo'));
    assert.equal(taken(), 'bundle');
  });

  for (const name of readdirSync(PACKAGES)) {
    it(`the modules, if ${name} was compiled since`, () => {
      write(`${name}/dist/.tsbuildinfo`, '', 1002);
      assert.equal(taken(), 'modules');
    });
  }

  it('the modules, if there is no bundle', () => {
    rmSync(join(folder, 'cli/dist/bundle'), { recursive: true });
    assert.equal(taken(), 'modules');
  });
});
