import { ExitCode, joinPath } from '@duet/core';
import type { BytePath, PluginCommand } from '@duet/core';
import { walk } from '../repository/walk.js';
import { unixPermissions } from '../restore/unix-mode.js';
import type { TreeNode } from '../tree/node.js';
import { goTime } from '../tree/go-time.js';
import { namedNodes, SNAPSHOT_ARGUMENT } from './named-snapshot.js';
import { pathFields, printableName } from './printable-name.js';
import { READING_OPTIONS, withRepository } from './with-repository.js';

const LETTERS: Readonly<Record<TreeNode['type'], string>> = { file: '-', dir: 'd', symlink: 'l', dev: 'b', chardev: 'c', fifo: 'p', socket: 's' };

/** `duet backup ls SNAPSHOT[:PATH]`: what is in a snapshot. */
export const lsCommand: PluginCommand = {
  name: 'ls',
  summary: 'list the files in a snapshot',
  args: [SNAPSHOT_ARGUMENT],
  options: [...READING_OPTIONS, { flags: '--long', summary: 'with permissions, owner, size and time' }],
  run: (ctx) =>
    withRepository(ctx, async (repository, signal) => {
      const { path: top, nodes } = await namedNodes(ctx, repository);
      for await (const { path: below, node, isLeft } of walk(repository, nodes, { enters: () => true })) {
        signal.throwIfAborted();
        if (isLeft) continue;
        const path = (top === '/' ? below : joinPath(top, below.slice(1) as BytePath));
        const name = printableName(path);
        ctx.print(ctx.options['long'] === true ? long(node, name) : name, { type: 'node', ...pathFields(path), ...fields(node) });
      }
      return ExitCode.DONE;
    }),
};

function long(node: TreeNode, name: string): string {
  const { type, uid, gid, user, group, size = 0, mtimeNs, linkTarget } = node;
  const owner = `${printableName(user) || uid} ${printableName(group) || gid}`;
  const target = linkTarget === undefined ? '' : ` -> ${printableName(linkTarget)}`;
  const mode = unixPermissions(node.mode).toString(8).padStart(4, '0');
  return `${LETTERS[type]}${mode} ${owner.padEnd(16)} ${String(size).padStart(12)} ${goTime(mtimeNs).slice(0, 19).replace('T', ' ')} ${name}${target}`;
}

function fields({ type, mode, uid, gid, size, mtimeNs, linkTarget }: TreeNode): object {
  return {
    nodeType: type,
    permissions: unixPermissions(mode),
    uid,
    gid,
    ...(type === 'file' ? { size: size ?? 0 } : {}),
    mtime: goTime(mtimeNs),
    ...(linkTarget === undefined ? {} : { target: pathFields(linkTarget).path }),
  };
}
