import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromText } from '../../src/model/index.js';
import type { BytePath } from '../../src/model/index.js';
import { NameTable } from '../../src/session/name-table.js';

const step = fc.record({
  do: fc.constantFrom('add', 'add', 'add', 'remove', 'meet'),
  file: fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 3000 })),
  folder: fc.nat({ max: 3 }),
  name: fc.constantFrom('a', 'b', 'cc', 'x'.repeat(255), 'ä\n', '-'),
});

describe('NameTable', () => {
  it('is a map from folder and name to file, and from file to names in the order they came (property)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new NameTable();
        const model: { file: number; folder: number; name: BytePath; met: number }[] = [];
        for (const [scan, { do: what, file, folder, name: text }] of steps.entries()) {
          const name = fromText(text).slice(0, 255) as BytePath;
          const at = model.findIndex((one) => one.folder === folder && one.name === name);
          if (what === 'add' && at === -1) {
            table.add(file, folder, name, scan);
            model.push({ file, folder, name, met: scan });
          } else if (what === 'remove' && at !== -1) {
            table.remove(table.find(folder, name));
            model.splice(at, 1);
          } else if (what === 'meet' && at !== -1) {
            table.meet(table.find(folder, name), scan);
            model[at].met = scan;
          }
        }
        for (const { file, folder, name, met } of model) {
          const entry = table.find(folder, name);
          assert.deepEqual([table.file(entry), table.folder(entry), table.name(entry), table.met(entry)], [file, folder, name, met]);
        }
        for (const { file } of steps) {
          const names: string[] = [];
          for (let entry = table.first(file); entry !== -1; entry = table.next(entry)) names.push(`${table.folder(entry)}/${table.name(entry)}`);
          assert.deepEqual(names, model.filter((one) => one.file === file).map((one) => `${one.folder}/${one.name}`));
        }
        let count = 0;
        table.forEach(() => count++);
        assert.equal(count, model.length);
        const left: string[] = [];
        table.forEach((entry) => {
          const text = `${table.folder(entry)}/${table.name(entry)}`;
          if (table.folder(entry) === 0) table.remove(entry);
          else left.push(text);
        });
        assert.deepEqual(left.sort(), model.filter((one) => one.folder !== 0).map((one) => `${one.folder}/${one.name}`).sort());
        const met: string[] = [];
        table.forEach((entry) => met.push(`${table.folder(entry)}/${table.name(entry)}`));
        assert.deepEqual(met.sort(), left);
        model.splice(0, model.length, ...model.filter((one) => one.folder !== 0));
        for (let folder = 0; folder < 4; folder++) assert.equal(table.inFolder(folder), model.filter((one) => one.folder === folder).length);
      }),
    );
  });

  it('keeps names whole while others come and go by the million', () => {
    const table = new NameTable();
    const name = (i: number): BytePath => fromText(`a name of some length, number ${i}`);
    for (let i = 0; i < 50; i++) table.add(i, 0, name(i), 1);
    for (let i = 0; i < 300_000; i++) {
      table.add(1000, 1, name(i), 1);
      table.remove(table.find(1, name(i)));
    }
    for (let i = 0; i < 50; i++) assert.equal(table.name(table.first(i)), name(i));
    assert.equal(table.find(1, name(299_999)), -1);
  });

  it('refuses a name that no file system has', () => {
    assert.throws(() => new NameTable().add(0, 0, fromText('x'.repeat(256)), 1), RangeError);
  });
});
