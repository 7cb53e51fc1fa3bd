import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { call } from './fake-environment.js';

/** From dist/test. */
const DOCS = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
const COMMANDS = ['run', 'watch', 'residency', 'doctor', 'status', 'tasks', 'items', 'bitmap'];

describe('docs/cli.md', () => {
  for (const command of COMMANDS) {
    it(`mentions each option of ${command}`, async () => {
      const { stdout, exitCode } = await call([command, '--help']);
      assert.equal(exitCode, 0);
      const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
      assert.ok(options.length >= 7);
      for (const option of options) assert.ok(DOCS.includes(`\`${option}`), `${option} is missing`);
      assert.ok(DOCS.includes(`\n## duet ${command}`), `no section for ${command}`);
    });
  }

  it('shows the exit codes that help shows', async () => {
    const { stdout } = await call(['--help']);
    for (const [, code] of stdout.matchAll(/^ {2}(\d+)(?:, \d+)? {2}/gm)) assert.match(DOCS, new RegExp(`^\\| .*\\b${code}\\b`, 'm'));
  });
});
