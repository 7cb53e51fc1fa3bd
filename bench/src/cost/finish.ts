import { spawn } from 'node:child_process';
import { LAB_ENV } from '../lab/command.js';
import { LabError } from '../lab/lab-error.js';

/** Runs a program to its end beside others; gives what it printed. @throws {LabError} if it fails. */
export function finish(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env: { ...LAB_ENV, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else reject(new LabError(`${argv.join(' ').slice(0, 200)} failed (${code ?? signal})`));
    });
  });
}
