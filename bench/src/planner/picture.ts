import { init } from 'echarts';
import type { ComparedRow } from './comparison.js';
import type { Side } from './setting.js';

/** Sides that pictures show. */
export type DrawnSide = Exclude<Side, 'Duet --io-pressure 1' | 'no maintenance'>;

/** Told apart also by those who see no red or no green (Okabe and Ito). */
const COLORS: Readonly<Record<DrawnSide, string>> = { 'three peers': '#D55E00', Duet: '#0072B2', floor: '#999999', 'slowest task alone': '#999999' };

const ROW_PX = 90;
const MARGIN_PX = 110;

/** A picture of bars as SVG: a group for each setting, a bar for each side. */
export function picture(title: string, rows: readonly ComparedRow[], sides: readonly DrawnSide[], digits: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 760, height: MARGIN_PX + ROW_PX * rows.length });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      color: sides.map((side) => COLORS[side]),
      title: { text: title, left: 10, top: 8, textStyle: { fontSize: 15 } },
      legend: { top: 36, left: 10, data: [...sides] },
      grid: { left: 60, right: 60, top: 70, bottom: 10, containLabel: true },
      xAxis: { type: 'value', min: 0 },
      yAxis: { type: 'category', inverse: true, data: rows.map((row) => row.setting) },
      series: sides.map((name) => ({
        name,
        type: 'bar',
        label: { show: true, position: 'right', formatter: ({ value }: { value?: unknown }) => (typeof value === 'number' ? value.toFixed(digits) : '') },
        data: rows.map((row) => row.sides[name]?.value ?? null),
      })),
    });
    return chart.renderToSVGString();
  } finally {
    // Its timer would keep the process.
    chart.dispose();
  }
}
