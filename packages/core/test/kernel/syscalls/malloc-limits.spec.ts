import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

const MIB = 1024 * 1024;
const SYSCALLS = new URL('../../../src/kernel/syscalls/index.js', import.meta.url).href;

/** Bytes that a process keeps of a freed block of 16 MiB, when it has freed a larger one before and a small block lies behind it. */
function kept(prepare: string): number {
  const script = `
    import { readFileSync } from 'node:fs';
    import koffi from 'koffi';
    import { limitMalloc } from ${JSON.stringify(SYSCALLS)};
    const libc = koffi.load(null);
    const malloc = libc.func('intptr_t malloc(size_t bytes)');
    const free = libc.func('void free(intptr_t block)');
    const fill = libc.func('intptr_t memset(intptr_t block, int byte, size_t bytes)');
    const anon = () => 1024 * /^RssAnon:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))[1];
    anon();
    ${prepare}
    free(malloc(${24 * MIB}));
    const before = anon();
    const block = malloc(${16 * MIB});
    fill(block, 1, ${16 * MIB});
    // Too large for gaps that are there already.
    const behind = malloc(${200 * 1024});
    const filled = anon() - before;
    free(block);
    console.log(JSON.stringify({ filled, kept: anon() - before, behind }));
  `;
  const result = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', cwd: import.meta.dirname })) as { filled: number; kept: number };
  assert.ok(result.filled >= 15 * MIB, `${result.filled} bytes were taken`);
  return result.kept;
}

describe('limitMalloc', function () {
  this.timeout(20_000);

  it('gives large blocks back, whatever was freed before and lies behind them', () => {
    const limited = kept('limitMalloc();');
    assert.ok(limited < 4 * MIB, `${limited} bytes are kept`);
    // What it is there for: glibc by itself keeps the block.
    const unlimited = kept('');
    assert.ok(unlimited > 12 * MIB, `${unlimited} bytes are kept without a limit`);
  });
});
