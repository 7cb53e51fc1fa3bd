import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From dist/test. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const ELSEWHERE = /^[a-z]+:/;

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' || entry.name === '.git' ? [] : markdownBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Without code, where brackets are no links. */
function proseOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '');
}

/** The anchors of a file's headings, as code hosts make them. */
function anchorsOf(file: string): string[] {
  return [...proseOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

/** Links that lead nowhere. */
function brokenIn(file: string): string[] {
  const targets = [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => {
    if (ELSEWHERE.test(target)) return false;
    const [path, anchor] = target.split('#');
    const to = path === '' ? file : join(dirname(file), path);
    return !existsSync(to) || (anchor !== undefined && !anchorsOf(to).includes(anchor));
  });
}

describe('Links in the documentation', () => {
  const files = markdownBelow(ROOT);

  it('are looked at in all of it', () => {
    for (const name of ['README.md', 'bench/README.md', 'docs/architecture.md']) assert.ok(files.includes(join(ROOT, name)), name);
  });

  for (const file of files) it(`of ${relative(ROOT, file)} lead to what is there`, () => assert.deepEqual(brokenIn(file), []));
});
