import { createHash } from 'node:crypto';
import { definePlugin, fromBytes, toBytes, toDisplay } from '@duet/core';
import { z } from 'zod';

/** Finds files with the same content. Run it: `npx duet run duplicates --path DIR --plugin ./examples/custom-plugin/dist/src/index.js` */
export default definePlugin({
  name: 'duplicates',
  summary: 'find files with the same content',
  core: '^0.1.0',
  config: z.strictObject({
    minBytes: z.coerce.number().min(0).default(1).describe('leave smaller files alone, in bytes'),
  }),
  create: (ctx) => ({
    accepts: (file) => file.size >= ctx.config.minBytes,
    segmentBytes: () => 0, // a digest needs the whole file
    async process(unit) {
      const digest = createHash('sha256');
      for await (const piece of ctx.read(unit)) digest.update(piece);
      ctx.state.set(`${digest.digest('hex')}/${unit.file.no}`, toBytes(unit.file.path));
    },
    finish(cycle) {
      const groups = new Map<string, string[]>();
      for (const [key, path] of ctx.state.entries('')) {
        const [digest, no] = key.split('/');
        if (cycle.met(Number(no))) groups.set(digest, [...(groups.get(digest) ?? []), toDisplay(fromBytes(path))]);
        ctx.state.delete(key);
      }
      for (const paths of groups.values()) if (paths.length > 1) ctx.log.info(`same content: ${paths.sort().join(', ')}`);
    },
  }),
});
