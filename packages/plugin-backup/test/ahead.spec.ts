import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveKeyAhead } from '../src/ahead.js';
import { stretch, stretchAhead } from '../src/repository/stretch.js';

const PARAMETERS = { N: 1024, r: 8, p: 1 };

describe('stretchAhead', () => {
  it('gives the same key, to one caller with the same arguments', async () => {
    const salt = randomBytes(64);
    const alone = await stretch('secret', salt, PARAMETERS);
    stretchAhead('secret', salt, PARAMETERS);
    stretchAhead('secret', salt, PARAMETERS);
    const other = stretch('another', salt, PARAMETERS);
    const [first, second] = [stretch('secret', salt, PARAMETERS), stretch('secret', salt, PARAMETERS)];
    assert.notEqual(first, second);
    assert.deepEqual(await Promise.all([first, second]), [alone, alone]);
    assert.notDeepEqual(await other, alone);
  });
});

describe('deriveKeyAhead', () => {
  let folder: string;
  beforeEach(() => mkdirSync(join((folder = mkdtempSync(join(tmpdir(), 'duet-ahead-'))), 'keys')));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What is begun, with these. */
  async function begun(options: Parameters<typeof deriveKeyAhead>[0], variables: NodeJS.ProcessEnv): Promise<unknown[]> {
    const calls: unknown[] = [];
    await deriveKeyAhead(options, variables, (...call) => calls.push(call));
    return calls;
  }

  function writeKey(name: string, N: number): Buffer {
    const salt = randomBytes(64);
    writeFileSync(join(folder, 'keys', name), JSON.stringify({ kdf: 'scrypt', ...PARAMETERS, N, salt: salt.toString('base64') }));
    return salt;
  }

  it('begins with the one key that there is, by the options or the environment', async () => {
    const salt = writeKey('a', 1024);
    writeFileSync(join(folder, 'password'), 'secret\n');
    const expected = [['secret', salt, PARAMETERS]];
    assert.deepEqual(await begun({ repo: folder, passwordFile: join(folder, 'password') }, {}), expected);
    assert.deepEqual(await begun({}, { RESTIC_REPOSITORY: folder, RESTIC_PASSWORD: 'secret' }), expected);
  });

  it('does nothing where a command is asked for the password, there are several keys, or one that nobody made in earnest', async () => {
    const variables = { RESTIC_REPOSITORY: folder, RESTIC_PASSWORD: 'secret' };
    writeKey('a', 1024);
    assert.deepEqual(await begun({ passwordCommand: 'false' }, variables), []);
    assert.deepEqual(await begun({}, { ...variables, RESTIC_PASSWORD_COMMAND: 'false' }), []);
    writeKey('b', 1024);
    assert.deepEqual(await begun({}, variables), []);
    rmSync(join(folder, 'keys/b'));
    writeKey('a', 2 ** 30);
    assert.deepEqual(await begun({}, variables), []);
  });

  it('does nothing where the password or the name of the repository can be read once only', async () => {
    writeKey('a', 1024);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Each writes once, to whoever reads first.
    const writers = ['secret', 'secret', folder].map((text) => spawn('tee', [pipe], { stdio: ['pipe', 'ignore', 'ignore'] }).on('spawn', function (this: ChildProcess) {
      this.stdin!.end(text);
    }));
    try {
      assert.deepEqual(await begun({ repo: folder, passwordFile: pipe }, {}), []);
      assert.deepEqual(await begun({ repo: folder }, { RESTIC_PASSWORD_FILE: pipe }), []);
      assert.deepEqual(await begun({}, { RESTIC_REPOSITORY_FILE: pipe, RESTIC_PASSWORD: 'secret' }), []);
    } finally {
      for (const writer of writers) writer.kill('SIGKILL');
    }
  });

  it('leaves it to the run to tell what is wrong', async () => {
    assert.deepEqual(await begun({}, {}), []);
    assert.deepEqual(await begun({ repo: join(folder, 'missing') }, {}), []);
    writeFileSync(join(folder, 'keys/a'), 'no JSON');
    assert.deepEqual(await begun({ repo: folder }, { RESTIC_PASSWORD: 'secret' }), []);
    writeKey('a', 1024);
    assert.deepEqual(await begun({ repo: folder, passwordFile: join(folder, 'missing') }, {}), []);
  });
});
