import { createHash } from 'node:crypto';
import { z } from 'zod';
import { definePlugin } from '../../src/index.js';
import { pluginContractSuite } from '../../src/testing/index.js';

const digest = definePlugin({
  name: 'digest',
  summary: 'keeps a digest of each file',
  core: '^0.1.0',
  config: z.strictObject({}),
  create: (ctx) => ({
    async process(unit) {
      const hash = createHash('sha256');
      for await (const piece of ctx.read(unit)) hash.update(piece);
      ctx.state.set(`digest/${unit.file.no}/${unit.offset}`, hash.digest());
    },
  }),
});

pluginContractSuite(digest);
