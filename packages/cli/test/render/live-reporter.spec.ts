import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { fromText } from '@duet/core/model';
import { Output } from '../../src/output/output.js';
import { liveReporter } from '../../src/run-reporters/live-reporter.js';
import { SUMMARY } from '../fake-environment.js';

describe('liveReporter', () => {
  it('keeps problems and messages above the live lines, and clears these at the end', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 20 });
    const [stdout, stderr] = [new Output(terminal, { isTerminal: true }), new Output(terminal, { isTerminal: true })];
    const reporter = liveReporter({ stdout, stderr, verbose: false, quiet: false, dryRun: false, now: () => 0 }, { stream: terminal, columns: () => 100 });
    reporter.event({ type: 'progress', task: 'fake', filesDone: 1, filesTotal: 3, bytesDone: 5, bytesTotal: 10, bytesFromCache: 5, bytesFromDisk: 0 });
    stderr.write('a message\n');
    reporter.event({ type: 'problem', task: 'fake', path: fromText('x'), code: 'DUET_ERR_READ', message: 'bad' });
    reporter.finish(SUMMARY);
    const text = (terminal.read() as Buffer).toString();
    const [message, problem, line, summary] = ['a message', 'fake: x: bad', 'fake [', 'took 1.5s'].map((part) => text.indexOf(part));
    assert.ok(message >= 0 && message < problem && problem < line && line < summary, JSON.stringify(text));
    // The cursor is shown again.
    assert.ok(text.lastIndexOf('\x1b[?25h') > text.lastIndexOf('\x1b[?25l'));
  });
});
