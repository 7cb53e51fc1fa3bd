import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Watching } from '../../src/cost/watching.js';

const INSTANCES = '/sys/kernel/tracing/instances';

describe('TracingSwitch', function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), 'duet-switch-'));
  const file = join(folder, 'file');
  const watching = new Watching();

  after(async () => {
    await watching.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes the events of a task away, and gives them back with their filters', async () => {
    writeFileSync(file, 'content');
    const others = readdirSync(INSTANCES);
    await watching.watch(file);
    const tracing = watching.tracing();
    const [own = ''] = readdirSync(INSTANCES).filter((name) => !others.includes(name) && name.startsWith(`duet-${watching.pid}-`));
    const read = (name: string): string => readFileSync(join(INSTANCES, own, name), 'utf8');
    const [events, filter] = [read('set_event'), read('events/filemap/mm_filemap_add_to_page_cache/filter')];
    assert.match(events, /mm_filemap_add_to_page_cache/);
    tracing.off();
    assert.equal(read('set_event'), '');
    tracing.on();
    assert.equal(read('set_event'), events);
    assert.equal(read('events/filemap/mm_filemap_add_to_page_cache/filter'), filter);
    await watching.leave();
    assert.throws(() => watching.tracing(), /has no trace instance/);
  });
});
