import assert from 'node:assert/strict';
import { z } from 'zod';
import { DuetError } from '@duet/core/model';
import { configOf, optionLines } from '../../src/plugins/option-schema.js';
import { fakePlugin } from '../fake-environment.js';

const plugin = fakePlugin({
  config: z.strictObject({
    count: z.coerce.number().default(3).describe('how many'),
    tags: z.array(z.string()).optional().describe('which'),
    deep: z.coerce.boolean().default(true).describe('how deep'),
    strict: z.stringbool().optional(),
    target: z.string().describe('where to'),
  }),
});
const read = (values: Record<string, string[]>) => configOf(plugin, new Map(Object.entries({ target: ['x'], ...values })));

describe('configOf', () => {
  it('gives the schema what it takes', () => {
    assert.deepEqual(read({ count: ['7'], tags: ['a'], deep: ['false'], strict: ['no'] }), { target: 'x', count: '7', tags: ['a'], deep: false, strict: 'no' });
    assert.deepEqual(read({ tags: ['a', 'b'] })['tags'], ['a', 'b']);
  });

  const about = 'count: how many (default: 3)';
  const names = 'its options are count, tags, deep, strict, target';
  const wrong: [string, Record<string, string[]>, RegExp, string][] = [
    ['twice', { count: ['1', '2'] }, /option 'count': it is given more than once/, about],
    ['unknown', { nope: ['1'] }, /there is no option 'nope'/, names],
    ['of Object', { constructor: ['1'] }, /there is no option 'constructor'/, names],
    ['unusable', { count: ['x'] }, /option 'count': /, about],
  ];
  for (const [what, values, message, hint] of wrong) {
    it(`refuses an option that is ${what}`, () => {
      assert.throws(() => read(values), (error: DuetError) => error.code === 'DUET_ERR_PLUGIN_OPTION' && message.test(error.message) && error.hint.includes(hint));
    });
  }

  it('says what is needed', () => {
    assert.throws(() => configOf(plugin, new Map()), /option 'target' is needed/);
  });

  it('lists options for help', () => {
    assert.deepEqual(optionLines(plugin), ['count   how many (default: 3)', 'tags    which (repeatable)', 'deep    how deep (default: true)', 'strict', 'target  where to (required)']);
  });
});
