import { init } from 'echarts';
import type { Outcome } from './outcome.js';
import type { Point } from './simulation.js';

const HOUR_MS = 3_600_000;
/** Told apart also by those who see no red or no green (Okabe and Ito). */
const CURVES = [
  { name: 'each task alone', color: '#D55E00', of: 'alone', step: 'end' },
  { name: 'planner', color: '#0072B2', of: 'planner', step: false },
  { name: 'optimum', color: '#999999', of: 'optimum', step: 'end' },
] as const;

/** Device reads over time, which grows by powers of ten, as SVG: the planner's; the optimum's, and each task's alone, as late as deadlines allow. */
export function picture(title: string, outcome: Outcome, unitBytes: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 420 });
  const endMs = Math.max(...Object.values(outcome.curves).map((points) => points.at(-1)?.atMs ?? 0));
  const firstMs = Math.min(...outcome.tasks.map(({ doneMs, deadlineMs }) => Math.min(doneMs, deadlineMs)));
  const beginHours = 10 ** Math.floor(Math.log10(firstMs / 2 / HOUR_MS));
  const inTerabytes = (points: readonly Point[]): number[][] =>
    [...points, { atMs: endMs, reads: points.at(-1)?.reads ?? 0 }].map(({ atMs, reads }) => [Math.max(atMs / HOUR_MS, beginHours), (reads * unitBytes) / 1e12]);
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      title: { text: title, left: 10, top: 8, textStyle: { fontSize: 15 } },
      legend: { top: 36, left: 10, data: CURVES.map(({ name }) => name) },
      grid: { left: 20, right: 40, top: 90, bottom: 30, containLabel: true },
      xAxis: { type: 'log', name: 'hours', nameLocation: 'middle', nameGap: 25, min: beginHours, max: endMs / HOUR_MS, axisLabel: { showMaxLabel: false } },
      yAxis: { type: 'value', name: 'read from the disk, TB', nameTextStyle: { align: 'left' }, min: 0 },
      series: CURVES.map(({ name, color, of, step }) => ({ name, type: 'line', step, symbol: 'none', color, lineStyle: { width: 2 }, data: inTerabytes(outcome.curves[of]) })),
    });
    return chart.renderToSVGString();
  } finally {
    // Its timer would keep the process.
    chart.dispose();
  }
}
