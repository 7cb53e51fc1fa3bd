import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
    const FILTER = 'events/filemap/mm_filemap_add_to_page_cache/filter';
    // The watching process narrows its filters to the file a moment later.
    while (!read(FILTER).includes('i_ino')) await sleep(10);
    await sleep(100);
    const [events, filter] = [read('set_event'), read(FILTER)];
    assert.match(events, /mm_filemap_add_to_page_cache/);
    tracing.turn(false);
    assert.equal(read('set_event'), '');
    tracing.turn(true);
    assert.equal(read('set_event'), events);
    assert.equal(read(FILTER), filter);
    await watching.leave();
    assert.throws(() => watching.tracing(), /has no trace instance/);
  });
});
