import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIMITS = fileURLToPath(new URL('../src/engine-limits.js', import.meta.url));

/** Whether V8's flags were changed, in a process that keeps so many MiB. */
function changedWith(megabytes: number): string {
  const script = `
    const { limitHeapOnceLarge } = await import(${JSON.stringify(LIMITS)});
    const { cachedDataVersionTag } = await import('node:v8');
    limitHeapOnceLarge();
    const before = cachedDataVersionTag();
    const kept = [];
    for (let i = 0; i < ${megabytes}; i++) kept.push(Array.from({ length: 2 ** 17 }, (_, j) => i + j));
    gc();
    setTimeout(() => console.log(cachedDataVersionTag() !== before, kept.length), 50);`;
  return execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
}

describe('The limits of the engine', () => {
  it('let a small heap grow, and a large one slowly', () => {
    assert.equal(changedWith(8), 'false 8');
    assert.equal(changedWith(96), 'true 96');
  });
});
