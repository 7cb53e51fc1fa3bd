import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../../src/kernel/program.js';

const SH = '/bin/sh';
const PAGE_BYTES = 4096;
const MIB = 1024 * 1024;
/** The two real-time signals that glibc keeps for itself, and has a program begin with ignored. */
const OF_THE_C_LIBRARY = 0x180000000n;

describe('a program that is started', function () {
  this.timeout(20_000);
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'duet-program-')));
  const started: Program[] = [];
  /** One that does not outlive its test, which may fail before it has ended. */
  const start = (...args: ConstructorParameters<typeof Program>): Program => {
    const program = new Program(...args);
    started.push(program);
    return program;
  };
  afterEach(() => started.splice(0).forEach((program) => program.kill('SIGKILL')));
  after(() => rmSync(cwd, { recursive: true }));

  it('reads what is written to it, and what it says and how it ends comes back', async () => {
    const program = start(SH, ['-c', 'cat; echo "$1" >&2; exit 7', 'sh', 'a b\n$c'], { cwd });
    const [out, err] = [text(program.stdout), text(program.stderr)];
    program.stdin.end('x'.repeat(3 * MIB));
    assert.deepEqual(await program.ended, { exitCode: 7, signal: null });
    assert.equal(await out, 'x'.repeat(3 * MIB));
    assert.equal(await err, 'a b\n$c\n');
  });

  it('starts in its folder, with the environment and what is changed in it', async () => {
    process.env['DUET_PROGRAM_A'] = 'a';
    process.env['DUET_PROGRAM_B'] = 'b';
    try {
      const program = start(SH, ['-c', 'pwd; echo "$DUET_PROGRAM_A-${DUET_PROGRAM_B-none}-$DUET_PROGRAM_C"'], { cwd, env: { DUET_PROGRAM_B: undefined, DUET_PROGRAM_C: 'ü' } });
      program.stdin.end();
      program.stderr.resume();
      assert.equal(await text(program.stdout), `${cwd}\na-none-ü\n`);
    } finally {
      delete process.env['DUET_PROGRAM_A'];
      delete process.env['DUET_PROGRAM_B'];
    }
  });

  it('has no descriptor but its three, and its signals as by default', async () => {
    const other = start(SH, ['-c', 'cat'], { cwd });
    // Node itself ignores SIGPIPE.
    const program = start('/bin/cat', ['/proc/self/status'], { cwd });
    const listed = start('/bin/ls', ['/proc/self/fd'], { cwd });
    program.stderr.resume();
    listed.stderr.resume();
    const status = await text(program.stdout);
    for (const set of ['SigIgn', 'SigBlk']) assert.equal(signalsOf(status, set) & ~OF_THE_C_LIBRARY, 0n, set);
    // The one by which it lists them, and what this process was started with.
    assert.equal(await text(listed.stdout), execFileSync('/bin/ls', ['/proc/self/fd'], { encoding: 'utf8' }));
    other.stdout.resume();
    other.stderr.resume();
    other.stdin.end();
    assert.deepEqual(await other.ended, { exitCode: 0, signal: null });
  });

  it('ends by a signal, also one that holds out against the first, and one whose child keeps the output open', async () => {
    const program = start(SH, ['-c', 'trap "" TERM; sleep 30 & echo $!; while :; do wait; done'], { cwd });
    program.stderr.resume();
    const [child] = (await once(program.stdout, 'data')) as [Buffer];
    program.kill('SIGTERM');
    const early = await Promise.race([program.ended, sleep(100, 'at work')]);
    assert.equal(early, 'at work');
    program.kill('SIGKILL');
    assert.deepEqual(await program.ended, { exitCode: null, signal: 'SIGKILL' });
    // Reaped: its id may be another's now, and is not signalled.
    assert.equal(existsSync(`/proc/${program.pid}`), false);
    program.kill('SIGKILL');
    process.kill(Number(child), 'SIGKILL');
  });

  it('is told to be missing, or not to be a program, and leaves no descriptor open', () => {
    const before = openDescriptors();
    assert.throws(() => new Program('/nonexistent/rsync', [], { cwd }), { code: 'ENOENT' });
    assert.throws(() => new Program(SH, [], { cwd: join(cwd, 'missing') }), { code: 'ENOENT' });
    assert.throws(() => new Program(cwd, [], { cwd }), { code: 'EACCES' });
    // The word would end there.
    assert.throws(() => new Program(SH, ['-c', 'exit\0 1'], { cwd }), { code: 'EINVAL' });
    assert.equal(openDescriptors(), before);
  });

  it('does not have the pages of this process fault again', async () => {
    const memory = Buffer.alloc(64 * MIB, 1);
    const touch = (): number => {
      const before = minorFaults();
      for (let at = 0; at < memory.length; at += PAGE_BYTES) memory[at]++;
      return minorFaults() - before;
    };
    touch();
    const program = start(SH, ['-c', 'cat'], { cwd });
    const faults = touch();
    program.stdin.end();
    program.stdout.resume();
    program.stderr.resume();
    await program.ended;
    assert.ok(faults < memory.length / PAGE_BYTES / 10, `${faults} faults`);
  });
});

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function signalsOf(status: string, set: string): bigint {
  return BigInt(`0x${new RegExp(`^${set}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? assert.fail(set)}`);
}

function minorFaults(): number {
  // Behind the name, which may have blanks: state, ppid, ... minflt.
  return Number(readFileSync('/proc/self/stat', 'latin1').replace(/^.*\) /, '').split(' ')[7]);
}
