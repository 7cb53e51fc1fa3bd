import assert from 'node:assert/strict';
import { fromText } from '@duet/core/model';
import type { BytePath, ScanBatch, Scanner } from '@duet/core';
import { mapOf } from '../../src/residency-rows.js';
import { call } from '../fake-environment.js';

interface FakeFile {
  readonly name: string;
  readonly size: number;
  readonly runs: readonly (readonly [first: number, pages: number])[];
  readonly ino?: number;
  readonly nlink?: number;
  readonly known?: boolean;
}

function batchOf(files: readonly FakeFile[]): ScanBatch {
  const column = (value: (file: FakeFile) => number): Float64Array => Float64Array.from(files, value);
  const names = Buffer.from(files.map(({ name }) => name).join(''), 'latin1');
  let end = 0;
  return {
    count: files.length, newFs: [],
    newFolders: [{ no: 0, parent: 0, name: '' as BytePath }, { no: 1, parent: 0, name: fromText('sub') }],
    fs: new Uint16Array(files.length), ino: column(({ ino }) => ino ?? 1), gen: new Uint32Array(files.length),
    folder: new Uint32Array(files.length).fill(1), names, nameEnd: Uint32Array.from(files, ({ name }) => (end += name.length)),
    nlink: Uint32Array.from(files, ({ nlink }) => nlink ?? 1), size: column(({ size }) => size),
    mtimeNs: new BigInt64Array(files.length), ctimeNs: new BigInt64Array(files.length), physical: new Float64Array(files.length),
    residency: {
      probedNs: column(({ known }) => (known === false ? 0 : 1)), probedMs: column(() => 1),
      resident: column(({ runs }) => runs.reduce((sum, [, pages]) => sum + pages, 0)), dirty: column(() => 0),
      runs: Float64Array.from(files.flatMap(({ runs }, row) => runs.flatMap(([first, pages]) => [row, first, pages, 0]))),
    },
    problems: [],
  };
}

const FILES: FakeFile[] = [
  { name: 'cold', size: 8192, runs: [] },
  { name: 'half', size: 40 * 4096, runs: [[0, 20]] },
  { name: 'ho\x1bt', size: 4096, runs: [[0, 1]] },
];

describe('duet residency', () => {
  const residency = (argv: readonly string[], files = FILES) => {
    const scanner: Scanner = {
      scan: async function* () {
        yield batchOf(files);
      },
      probe: () => Promise.reject(new Error('not faked')),
      close: async () => undefined,
    };
    return call(['residency', '/tmp', ...argv], { framework: { openScanner: async () => scanner } });
  };

  it('shows percent, picture, sizes and a total', async () => {
    const { exitCode, stdout } = await residency([]);
    const lines = stdout.split('\n');
    assert.equal(exitCode, 0);
    assert.match(lines[1], /^ {4}0% {2}\[ {20}\] +0 B +8\.0 KiB +\/tmp\/sub\/cold$/);
    assert.match(lines[2], /^ {3}50% {2}\[O{10} {10}\] +80\.0 KiB +160\.0 KiB +\/tmp\/sub\/half$/);
    assert.match(lines[3], /100% {2}\[O{20}\].* \/tmp\/sub\/ho\\et$/);
    assert.match(lines[4], /48% .* total of 3 files$/);
  });

  it('writes the JSON lines of docs/cli.md', async () => {
    assert.deepEqual((await residency(['--json', '--sort', 'resident', '--limit', '1'])).json(), [
      { path: '/tmp/sub/half', size: 163840, pages: 40, resident: 20, dirty: 0 },
    ]);
  });

  it('sorts, and leaves out what is not cached', async () => {
    const paths = async (...argv: string[]) => (await residency(['--json', ...argv])).json().map(({ path }) => path);
    assert.deepEqual(await paths('--sort', 'size'), ['/tmp/sub/half', '/tmp/sub/cold', '/tmp/sub/ho\x1bt']);
    assert.deepEqual(await paths('--sort', 'path', '--cached-only'), ['/tmp/sub/half', '/tmp/sub/ho\x1bt']);
  });

  it('counts a file with several names once', async () => {
    const twice = [{ ...FILES[1], nlink: 2, ino: 9 }, { ...FILES[1], nlink: 2, ino: 9, name: 'also' }];
    assert.match((await residency([], twice)).stdout, /160\.0 KiB +total of 1 file\n$/);
  });

  it('exits with 1 if a file could not be looked at', async () => {
    const { exitCode, stderr } = await residency([], [{ ...FILES[0], known: false }]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /\/tmp\/sub\/cold: its cache state cannot be read/);
  });

  it('reads a list of paths from stdin', async () => {
    const asked: string[] = [];
    const openScanner = async (path: BytePath): Promise<Scanner> => {
      asked.push(path);
      return { scan: async function* () {}, probe: () => Promise.reject(new Error()), close: async () => undefined };
    };
    const stdin = (async function* () {
      yield Buffer.from('/tmp\0/u');
      yield Buffer.from('sr\0');
    })();
    const { exitCode } = await call(['residency', '-0', '-'], { framework: { openScanner }, environment: { stdin } });
    assert.deepEqual([exitCode, asked], [0, ['/tmp', '/usr']]);
  });

  it('refuses a missing path', async () => {
    assert.match((await call(['residency', '/nowhere/at/all'])).stderr, /DUET_ERR_PATH_MISSING/);
  });

  it('draws files of fewer pages than cells', () => {
    assert.deepEqual(mapOf([[1, 1]], 2), [...new Array(10).fill(0), ...new Array(10).fill(1)]);
    assert.deepEqual(mapOf([[0, 3]], 3), new Array(20).fill(1));
    assert.deepEqual(mapOf([], 0), []);
  });
});
