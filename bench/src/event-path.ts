import { parseArgs } from 'node:util';
import { coldReadScenario } from './event-path/cold-read.js';
import { doneBitsScenario } from './event-path/done-bits.js';
import { latencyScenario } from './event-path/latency.js';
import { memoryScenario } from './event-path/memory.js';
import { Report } from './event-path/report.js';
import type { Scenario } from './event-path/report.js';
import { throughputScenario } from './event-path/throughput.js';

const SCENARIOS: readonly Scenario[] = [throughputScenario, coldReadScenario, latencyScenario, memoryScenario, doneBitsScenario];

const USAGE = `usage: npm run bench:path -- [scenario…] [--reps N] [--json]

${SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(12)}${scenario.summary}`).join('\n')}

Without a name: all. --reps: repetitions of what has a time, default 5. --json: figures as JSON at the end, and nothing else.
Needs root. Exit code: 0 all bars hold, 1 one does not or a scenario failed, 2 wrong usage.`;

/** What the command line asks for; undefined if it cannot be understood. */
function request(): { scenarios: readonly Scenario[]; reps: number; json: boolean; help: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { reps: { type: 'string', default: '5' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    const reps = Number(values.reps);
    const known = positionals.every((name) => SCENARIOS.some((scenario) => scenario.name === name));
    if (!known || !Number.isInteger(reps) || reps < 1) return undefined;
    const scenarios = positionals.length === 0 ? SCENARIOS : SCENARIOS.filter((scenario) => positionals.includes(scenario.name));
    return { scenarios, reps, json: values.json, help: values.help };
  } catch {
    return undefined;
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const asked = request();
if (asked === undefined || asked.help) {
  (asked === undefined ? process.stderr : process.stdout).write(`${USAGE}\n`);
  process.exitCode = asked === undefined ? 2 : 0;
} else {
  const report = new Report(asked.json ? () => undefined : print);
  for (const scenario of asked.scenarios) {
    report.begin(scenario.name);
    try {
      await scenario.run(report, asked.reps);
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(`${scenario.name} failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (asked.json) print(JSON.stringify(report.figures, null, 2));
  if (report.missed) process.exitCode = 1;
}
