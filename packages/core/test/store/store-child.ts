import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/index.js';
import { DuetError } from '../../src/model/index.js';
import { operate } from './crash-script.js';

// A process of its own for the tests: store-child.js MODE FOLDER [ARGUMENT]. Prints a line for each thing done.
const [mode, folder, argument] = process.argv.slice(2) as [string, string, string?];
const say = (line: string) => writeSync(1, `${line}\n`);
const forever = () => setInterval(() => undefined, 1000);

try {
  const store = await openStore({ folder });
  if (mode === 'operate') {
    const task = await store.openTask('crash', '/');
    for (let n = Number(argument); ; n++) {
      await operate(store, task.id, n);
      say(String(n));
    }
  } else if (mode === 'hold') {
    await store.openTask('scrub', '/data');
    say('held');
    forever();
  } else if (mode === 'number') {
    const numbers: Record<number, number> = {};
    const inos = Array.from({ length: 2000 }, (_, i) => (argument === 'up' ? i + 1 : 2000 - i));
    for (let i = 0; i < inos.length; i += 50) {
      const part = Float64Array.from(inos.slice(i, i + 50));
      const nos = await store.fileNumbers(['fs'], new Uint16Array(50), part, new Uint32Array(50));
      nos.forEach((no, k) => (numbers[part[k]] = no));
    }
    say(JSON.stringify(numbers));
    await store.close();
  } else {
    say('opened');
    await store.close();
  }
} catch (error) {
  say(error instanceof DuetError ? `${error.code} ${error.message}` : String(error));
}
