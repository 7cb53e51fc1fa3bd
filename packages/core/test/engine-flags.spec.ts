import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

const urlOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** What a process prints: of its own, for the flags that it sets hold for all threads. */
function printed(lines: string): string[] {
  const script = `
    import { cachedDataVersionTag } from 'node:v8';
    import { setEngineFlag } from ${urlOf('../src/engine-flags.js')};
    import { startThread, threadsLoaded } from ${urlOf('../src/threads.js')};
    const usual = cachedDataVersionTag();
    const print = () => console.log(cachedDataVersionTag() === usual ? 'usual' : 'changed');
    const change = () => setEngineFlag({ wanted: '--no-turbo-escape', usual: '--turbo-escape' });
    const start = (name) => startThread(new URL(name, ${urlOf('./fixtures/')}), { workerData: new Int32Array(new SharedArrayBuffer(4)), execArgv: [] });
    // The main thread hears of it some turns after.
    const loaded = async () => {
      await threadsLoaded();
      for (let turn = 0; turn < 1000 && cachedDataVersionTag() === usual; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    ${lines}
    process.exit();`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }).trim().split('\n');
}

describe('Flags of V8', () => {
  it('are set but while threads load their code', () => {
    assert.deepEqual(printed(`change(); print(); start('slow-thread.js'); print(); start('slow-thread.js'); await loaded(); print();`), ['changed', 'usual', 'changed']);
  });

  it('that are set while a thread loads are set when it has', () => {
    assert.deepEqual(printed(`start('slow-thread.js'); change(); print(); await loaded(); print();`), ['usual', 'changed']);
  });

  it('stay as V8 has them until the last of several threads has loaded', () => {
    const lines = `change();
      const first = start('slow-thread.js');
      await threadsLoaded();
      const second = start('slow-thread.js');
      const third = start('broken-thread.js').on('error', () => undefined);
      await new Promise((resolve) => third.on('exit', resolve));
      print();
      await loaded();
      print();`;
    assert.deepEqual(printed(lines), ['usual', 'changed']);
  });

  it('are set again when a thread cannot be started', () => {
    assert.deepEqual(printed(`change(); try { startThread(new URL('file:///none.js'), { workerData: () => undefined }); } catch (error) { console.log(error.name); } print();`), ['DataCloneError', 'changed']);
  });

  it('are set again when a thread fails to load', () => {
    assert.deepEqual(printed(`change(); const ended = new Promise((resolve) => start('broken-thread.js').on('error', () => undefined).on('exit', resolve)); print(); await ended; print();`), ['usual', 'changed']);
  });
});
