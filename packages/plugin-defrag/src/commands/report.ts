import bytes from 'bytes';
import { z } from 'zod';
import { ExitCode, toDisplay } from '@duet/core';
import type { PluginCommand } from '@duet/core';
import { size } from '@duet/core/options';
import { diskModel, readGain } from '../layout/read-gain.js';
import type { DiskModel } from '../layout/read-gain.js';
import { survey } from '../layout/survey.js';
import type { SurveyedFile } from '../layout/survey.js';
import { requireMover } from '../move/require-mover.js';
import { MIN_BYTES, MIN_EXTENTS } from '../options.js';
import { commandOption } from './command-option.js';
import { namedPath } from './named-path.js';
import { pathFields } from './path-fields.js';

const LIMIT = 20;
const count = z.coerce.number().int().min(1);

/** `duet defrag report [path]`: which files lie in many pieces, and what a read of them would gain. Reads no content. */
export const reportCommand: PluginCommand = {
  name: 'report',
  summary: 'rank the files that lie in many pieces by what reading them would gain',
  args: [{ name: '[path]', summary: 'a folder or a file; default: the working directory' }],
  options: [
    { flags: '--limit <n>', summary: `show so many files; default: ${LIMIT}` },
    { flags: '--min-bytes <size>', summary: 'leave smaller files out; default: 1M' },
    { flags: '--min-extents <n>', summary: `leave files in fewer pieces out; default: ${MIN_EXTENTS}` },
  ],
  async run(ctx) {
    const path = namedPath(ctx.args['path']);
    const limit = commandOption(ctx, 'limit', '--limit', count, LIMIT);
    const minBytes = commandOption(ctx, 'minBytes', '--min-bytes', size, MIN_BYTES);
    const minExtents = commandOption(ctx, 'minExtents', '--min-extents', count, MIN_EXTENTS);
    requireMover(path);
    const disk = diskModel(path);
    const worst: SurveyedFile[] = [];
    const total = { files: 0, bytes: 0, fragmentedFiles: 0, fragmentedBytes: 0, extents: 0, gainMs: 0 };
    for await (const file of survey(path, minBytes, ctx.signal)) {
      total.files++;
      total.bytes += file.bytes;
      if (file.layout.fragments < minExtents) continue;
      total.fragmentedFiles++;
      total.fragmentedBytes += file.bytes;
      total.extents += file.layout.fragments;
      total.gainMs += readGain(file.layout, disk).gainMs;
      worst.push(file);
    }
    worst.sort((a, b) => b.layout.fragments - a.layout.fragments || (a.path < b.path ? -1 : 1));
    for (const file of worst.slice(0, limit)) ctx.print(...row(file, disk));
    const { files, fragmentedFiles, extents, gainMs } = total;
    ctx.print(`${fragmentedFiles} of ${files} files of at least ${bytes(minBytes)} in ${minExtents} pieces or more: ${extents} extents; reading them all would take ${seconds(gainMs)} less (${disk.name})`, {
      type: 'report',
      ...total,
      disk: disk.name,
    });
    return ExitCode.DONE;
  },
};

function row({ path, bytes: fileBytes, layout }: SurveyedFile, disk: DiskModel): [string, Record<string, unknown>] {
  const { fragments, sharedBytes, encodedBytes, unplacedBytes, unwrittenBytes } = layout;
  const { readMs, gainMs } = readGain(layout, disk);
  const marks = [sharedBytes > 0 && 'shared', encodedBytes > 0 && 'compressed or encrypted', unplacedBytes > 0 && 'not all written back', unwrittenBytes > 0 && 'preallocated'].filter((mark) => mark !== false);
  const text = `${String(fragments).padStart(7)} extents  ${(bytes(fileBytes) ?? '').padStart(9)}  ${seconds(readMs).padStart(9)} to read, ${seconds(gainMs)} less in one piece  ${toDisplay(path)}${marks.length === 0 ? '' : `  (${marks.join(', ')})`}`;
  return [text, { type: 'file', ...pathFields(path), bytes: fileBytes, extents: fragments, readMs, gainMs, sharedBytes, encodedBytes, unplacedBytes, unwrittenBytes }];
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
