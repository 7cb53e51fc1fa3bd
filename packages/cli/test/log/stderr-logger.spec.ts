import assert from 'node:assert/strict';
import { stderrLogger } from '../../src/log/stderr-logger.js';
import type { StderrLoggerOptions } from '../../src/log/stderr-logger.js';
import { Output } from '../../src/output/output.js';
import { TextSink } from '../fake-environment.js';

describe('stderrLogger', () => {
  async function written(level: StderrLoggerOptions['level'], color: boolean): Promise<string> {
    const sink = new TextSink();
    const output = new Output(sink, { isTerminal: color });
    const log = stderrLogger({ output, level, color });
    log.debug('one');
    log.info('two\n\x1b[2J');
    log.warn('three');
    log.error('four');
    await output.flush();
    return sink.text;
  }

  it('writes a line for each message from its level on, with nothing in it that a terminal acts upon', async () => {
    assert.equal(await written('info', false), 'INFO: two\\n\\e[2J\nWARN: three\nERROR: four\n');
    assert.equal(await written('error', false), 'ERROR: four\n');
  });

  it('tells the time of day where all messages are asked for', async () => {
    assert.match(await written('debug', false), /^\[\d\d:\d\d:\d\d\.\d{3}\] DEBUG: one\n\[/);
  });

  it('has the level in colour on a terminal', async () => {
    assert.equal(await written('error', true), '\x1b[31mERROR\x1b[39m: four\n');
  });
});
