import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { RecordingScanner, RecordingSource, ReplayScanner, ReplaySource, TraceWriter, openReplay } from '../../../src/kernel/replay/index.js';
import type { BytePath, PageSink, ScanBatch, Scanner } from '../../../src/model/index.js';
import { PageModel } from '../tracefs/page-model.js';
import { FS, scanBatch } from './scan-batch.js';

const OPTIONS = { residency: true, physical: true };
const START_NS = 5_000_000;

describe('replay', () => {
  let folder: string;
  let trace: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'duet-replay-'));
    trace = join(folder, 'trace.duet');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const record = (body: (sink: PageSink, writer: TraceWriter) => void): void => {
    const writer = new TraceWriter(trace, START_NS);
    body(writer.tee(new PageModel()), writer);
    writer.close();
  };
  const replay = (speed = 0): PageModel => {
    const source = new ReplaySource(trace, { speed, baseNs: START_NS });
    const sink = new PageModel();
    source.follow();
    while (source.drain(sink, 1));
    source.stop();
    return sink;
  };
  const readAll = async (scanner: Scanner, options = OPTIONS): Promise<ScanBatch[]> => {
    const batches: ScanBatch[] = [];
    for await (const batch of scanner.scan(options)) batches.push(batch);
    return batches;
  };
  const scannerOf = (batches: readonly ScanBatch[]): Scanner => ({
    scan: async function* () {
      yield* batches;
    },
    probe: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  });
  const scanned = async (batches: readonly ScanBatch[], root = '/mnt/data'): Promise<void> => {
    const writer = new TraceWriter(trace, START_NS);
    const scanner = new RecordingScanner(scannerOf(batches), writer, root as BytePath);
    assert.deepEqual(await readAll(scanner), batches);
    await readAll(scanner);
    writer.close();
  };

  it('gives back every event as it was recorded', () => {
    const whole = fc.integer({ min: 0, max: 2 ** 40 });
    const event = fc.tuple(fc.constantFrom('added', 'removed', 'dirtied', 'flushed', 'lost'), whole, whole, fc.oneof(fc.integer({ min: 1, max: 512 }), fc.constant(Infinity)));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const expected = new PageModel();
        const tell = (sink: PageSink): void => {
          for (const [at, [call, ino, index, pages]] of events.entries()) {
            const timeNs = START_NS + at * 10;
            if (call === 'dirtied') sink.dirtied(FS.dev, ino, index, timeNs);
            else if (call === 'lost') sink.lost(index, timeNs);
            else if (call === 'flushed') sink.flushed(FS.dev, ino, index, pages, timeNs);
            else if (pages !== Infinity) sink[call](FS.dev, ino, index, pages, timeNs);
          }
        };
        tell(expected);
        record((sink) => tell(sink));
        assert.deepEqual(replay().calls, expected.calls);
      }),
      { numRuns: 50 },
    );
  });

  it('passes events on while it records them, and writes them in blocks', () => {
    const writer = new TraceWriter(trace, 0);
    const sink = new PageModel();
    const recording = new RecordingSource(
      { kind: 'tracefs', sweeps: false, follow: () => undefined, drain: (to) => (to.added(1, 2, 3, 4, 5), false), counters: () => ({ events: 1, lost: 0 }), stop: () => undefined },
      writer,
    );
    recording.drain(sink, 1);
    assert.equal(sink.calls.length, 1);
    assert.equal(statSync(trace).size, 0);
    for (let round = 0; round < 10_000; round += 1) recording.drain(sink, 1);
    assert.ok(statSync(trace).size > 100_000);
    writer.close();
    assert.equal(replay().calls.length, 10_001);
  });

  it('gives nothing before a file system is followed, or after stop', () => {
    record((sink) => sink.added(1, 2, 3, 4, START_NS));
    const source = new ReplaySource(trace);
    const sink = new PageModel();
    assert.equal(source.drain(sink, 10), false);
    source.follow();
    source.stop();
    assert.equal(source.drain(sink, 10), false);
    assert.equal(sink.calls.length, 0);
  });

  it('keeps to the recorded times when asked to', async () => {
    record((sink) => {
      sink.added(1, 2, 0, 1, START_NS);
      sink.added(1, 2, 1, 1, START_NS + 200e6);
    });
    const source = new ReplaySource(trace, { speed: 2 });
    const sink = new PageModel();
    source.follow();
    source.drain(sink, 10);
    assert.equal(sink.calls.length, 1);
    await new Promise((resolve) => setTimeout(resolve, 120));
    source.drain(sink, 10);
    assert.equal(sink.calls.length, 2);
    assert.deepEqual(source.counters(), { events: 2, lost: 0 });
    source.stop();
  });

  it('stops when its time is over, and says that more is waiting', () => {
    record((sink) => {
      for (let page = 0; page < 5_000; page += 1) sink.added(1, 2, page, 1, START_NS + page);
    });
    const source = new ReplaySource(trace);
    const sink = new PageModel();
    source.follow();
    assert.equal(source.drain(sink, 0), true);
    assert.equal(sink.calls.length, 256);
    while (source.drain(sink, 0));
    assert.equal(sink.calls.length, 5_000);
    source.stop();
  });

  it('gives back the files that were scanned, each once, with their pages and odd names', async () => {
    const first = scanBatch(
      [
        { folder: 0, name: 'a', ino: 12, size: 5, runs: [[0, 1, 0]], probedNs: START_NS + 40 },
        { folder: 1, name: 'b\xff\xe9\n"', ino: 13, size: 0 },
      ],
      [[0, 0, ''], [1, 0, 'sub']],
      [FS],
    );
    const second = scanBatch([{ folder: 2, name: 'c', ino: 14, size: 90_000, runs: [[0, 4, 0], [8, 2, 1]], probedNs: START_NS + 50 }], [[2, 1, 'deep']], []);
    await scanned([first, second]);
    assert.equal(readFileSync(trace, 'utf8').split('\n').filter((line) => line.startsWith('["file"')).length, 3);
    const [batch, ...more] = await readAll(new ReplayScanner(trace, '/elsewhere' as BytePath, { baseNs: START_NS }));
    assert.deepEqual(more, []);
    const expected = scanBatch(
      [
        { folder: 0, name: 'a', ino: 12, size: 5, runs: [[0, 1, 0]], probedNs: START_NS + 40 },
        { folder: 1, name: 'b\xff\xe9\n"', ino: 13, size: 0 },
        { folder: 2, name: 'c', ino: 14, size: 90_000, runs: [[0, 4, 0], [8, 2, 1]], probedNs: START_NS + 50 },
      ],
      [[0, 0, ''], [1, 0, 'sub'], [2, 1, 'deep']],
      [FS],
    );
    assert.deepEqual(batch, expected);
  });

  it('leaves out what is excluded, and folders with all below', async () => {
    await scanned([
      scanBatch(
        [
          { folder: 0, name: 'keep', ino: 1, size: 1 },
          { folder: 0, name: 'x.tmp', ino: 2, size: 1 },
          { folder: 2, name: 'inside', ino: 3, size: 1 },
        ],
        [[0, 0, ''], [1, 0, 'cache'], [2, 1, 'deep']],
        [FS],
      ),
    ]);
    const batches = await readAll(new ReplayScanner(trace, '/mnt/data' as BytePath), { ...OPTIONS, exclude: ['*.tmp', 'cache'] } as typeof OPTIONS);
    assert.deepEqual(batches.map((batch) => Buffer.from(batch.names).toString()), ['keep']);
  });

  it('answers a probe with what was recorded, and nothing of the cache', async () => {
    await scanned([scanBatch([{ folder: 0, name: 'a', ino: 12, size: 5, runs: [[0, 1, 0]], probedNs: START_NS }], [[0, 0, '']], [FS])]);
    const scanner = new ReplayScanner(trace, '/mnt/data' as BytePath);
    await readAll(scanner);
    const probe = await scanner.probe(['a', 'b'].map((path, slot) => ({ slot: slot + 7, path: path as BytePath, ino: 12, statDev: FS.statDev })));
    assert.deepEqual([...probe.slot], [7, 8]);
    assert.deepEqual([...probe.gone], [0, 1]);
    assert.equal(probe.size[0], 5);
    assert.equal(probe.residency.probedNs[0], 0);
  });

  it('takes an event for that of the file it knows: whose else it may have been can’t be looked up', async () => {
    await scanned([scanBatch([{ folder: 0, name: 'a', ino: 12, size: 5 }], [[0, 0, '']], [{ ...FS, sharesNumbers: true }])]);
    const [batch] = await readAll(new ReplayScanner(trace, '/mnt/data' as BytePath));
    assert.deepEqual(batch.newFs, [FS]);
  });

  it('holds events back until the files are told', async () => {
    const writer = new TraceWriter(trace, START_NS);
    writer.tee(new PageModel()).added(FS.dev, 12, 0, 1, START_NS + 60);
    await readAll(new RecordingScanner(scannerOf([scanBatch([{ folder: 0, name: 'a', ino: 12, size: 5 }], [[0, 0, '']], [FS])]), writer, '/mnt/data' as BytePath));
    writer.close();
    const { source, scanners } = openReplay(trace);
    const sink = new PageModel();
    source.follow(FS);
    source.drain(sink, 10);
    assert.equal(sink.calls.length, 0);
    await readAll(scanners('/mnt/data' as BytePath));
    source.drain(sink, 10);
    assert.equal(sink.calls.length, 1);
    source.stop();
  });

  describe('refuses', () => {
    const refused = (text: string, message: RegExp): void => {
      writeFileSync(trace, text);
      assert.throws(() => replay(), { code: 'DUET_ERR_TRACE_FORMAT', message });
    };
    const HEADER = '{"format":"duet-trace","version":1,"createdMs":0,"kernel":"6.18"}\n';

    it('what is no trace, and one of a newer version', () => {
      refused('', /header/);
      refused('hello\n', /header/);
      refused('null\n', /header/);
      refused('{"format":"duet-trace","version":2}\n', /version 2/);
    });

    it('lines that make no sense, and names them', () => {
      refused(`${HEADER}{"a":1}\n`, /line 2/);
      refused(`${HEADER}["+",1,2,3,4,5]\n["+",1,2]\n`, /line 3/);
      refused(`${HEADER}["?",1,2,3,4,5]\n`, /no event '\?'/);
      refused(`${HEADER}["+","soon"]\n`, /no time/);
    });

    it('files that make no sense', async () => {
      writeFileSync(trace, `${HEADER}["file",0,0,"a"]\n`);
      await assert.rejects(readAll(new ReplayScanner(trace, '/' as BytePath)), { code: 'DUET_ERR_TRACE_FORMAT' });
    });

    it('a trace that is not there', () => {
      assert.throws(() => new ReplaySource(join(folder, 'none')), { code: 'DUET_ERR_PATH_MISSING' });
    });
  });

  it('takes a trace whose recorder was killed in the middle of a line', () => {
    record((sink) => sink.added(1, 2, 3, 4, START_NS));
    appendFileSync(trace, '["+",12,');
    assert.equal(replay().calls.length, 1);
  });

  it('tells at the end that the disk was full, and goes on until then', () => {
    const writer = new TraceWriter('/dev/full');
    const sink = new PageModel();
    const tee = writer.tee(sink);
    for (let round = 0; round < 10_000; round += 1) tee.added(1, 2, 3, 4, 5);
    assert.equal(sink.calls.length, 10_000);
    assert.throws(() => writer.close(), { code: 'DUET_ERR_SYSCALL', message: /ENOSPC/ });
    writer.close();
  });
});
