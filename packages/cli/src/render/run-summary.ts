import type { RunSummary, TaskSummary } from '@duet/core';
import { counted, duration, grouped, percent, size } from './quantity.js';
import { table } from './table.js';

/** How a run ended: a table of what each task did, and what it cost and saved. */
export function runSummaryText(summary: RunSummary, dryRun: boolean): string {
  const columns = [
    { title: 'task' },
    { title: 'files', align: 'right' },
    { title: 'skipped', align: 'right' },
    { title: 'failed', align: 'right' },
    { title: 'problems', align: 'right' },
    { title: 'bytes', align: 'right' },
    { title: 'from cache', align: 'right' },
    { title: 'from disk', align: 'right' },
    { title: 'cycle' },
  ] as const;
  const tasks = table(columns, summary.tasks.map(taskRow));
  if (dryRun) return `${tasks}dry run: nothing was read or written; skipped is what was left\n${endText(summary)}`;
  return tasks + costText(summary) + endText(summary);
}

function taskRow(task: TaskSummary): string[] {
  const counts = [task.filesDone, task.filesSkipped, task.filesFailed, task.problems].map(grouped);
  return [
    task.task,
    ...counts,
    size(task.bytes),
    size(task.bytesFromCache),
    size(task.bytesFromDisk),
    task.cycleComplete ? 'complete' : 'to be continued',
  ];
}

function costText({ deviceBytesRead, bytesAlone, wallMs }: RunSummary): string {
  const figures = [`took ${duration(wallMs)}`, `tasks alone would have read ${size(bytesAlone)}`];
  if (deviceBytesRead === null) return `${figures.join('; ')}; what the device read cannot be told here\n`;
  const saved = Math.max(0, bytesAlone - deviceBytesRead);
  return `${figures.join('; ')}; the device read ${size(deviceBytesRead)}; saved ${size(saved)} (${bytesAlone === 0 ? 0 : percent(saved, bytesAlone)}%)\n`;
}

function endText({ exitCode, tasks }: RunSummary): string {
  const problems = tasks.reduce((sum, task) => sum + task.problems, 0);
  if (exitCode > 128) return 'interrupted after a checkpoint: the next run goes on from here\n';
  return problems === 0 ? '' : `found ${counted(problems, 'problem')}\n`;
}
