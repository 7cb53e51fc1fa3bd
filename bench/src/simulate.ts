import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './bars/results-file.js';
import { Report } from './event-path/report.js';
import { taskLines, tellFigures } from './simulate/figures.js';
import { outcomeOf } from './simulate/outcome.js';
import { picture } from './simulate/picture.js';
import { request, USAGE } from './simulate/request.js';

const asked = request(process.argv.slice(2));
if (typeof asked === 'string' || asked.help) {
  if (typeof asked === 'string') process.stderr.write(`${asked}\n\n${USAGE}\n`);
  else process.stdout.write(`${USAGE}\n`);
  process.exitCode = typeof asked === 'string' ? 2 : 0;
} else {
  const print = asked.json ? (): void => undefined : (line: string): void => void process.stdout.write(`${line}\n`);
  const report = new Report(print);
  const outcomes: Record<string, unknown> = {};
  for (const scenario of asked.scenarios) {
    const setting = asked.settingOf(scenario);
    const outcome = outcomeOf(setting);
    outcomes[scenario.name] = outcome;
    tellFigures(report, scenario, setting, outcome);
    taskLines(outcome, setting.units).forEach(print);
    const { units, unitBytes, cacheBytes, disk } = setting;
    const path = join(asked.resultsPath, `simulate-${scenario.name}`);
    mkdirSync(asked.resultsPath, { recursive: true });
    writeFileSync(`${path}.svg`, picture(scenario.summary, outcome, unitBytes));
    const figures = report.figures.filter((figure) => figure.scenario === scenario.name);
    writeFileSync(`${path}.json`, `${JSON.stringify({ machine: machine(), setting: { units, unitBytes, cacheBytes, disk }, figures, tasks: outcome.tasks }, null, 2)}\n`);
    print(`  ${path}.svg, .json\n`);
  }
  if (asked.json) process.stdout.write(`${JSON.stringify({ figures: report.figures, outcomes }, null, 2)}\n`);
  if (report.missed) process.exitCode = 1;
}
