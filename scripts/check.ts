// Everything that can be known without running the product: style, types, dead code, documentation, the direction of imports.
// Runs every step, prints one line for each, and shows the output of those that failed.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);

const steps: Readonly<Record<string, readonly string[]>> = {
  style: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  build: ['node_modules/typescript/bin/tsc', '-b'],
  types: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json'],
  'dead code': ['node_modules/knip/bin/knip.js', '--no-config-hints'],
  documentation: ['node_modules/typedoc/bin/typedoc', '--emit', 'none'],
  imports: ['node_modules/mocha/bin/mocha.js', 'test/architecture/*.test.ts'],
};

function run(name: string, args: readonly string[]): boolean {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (status !== 0) console.log(error ?? stdout + stderr);
  return status === 0;
}

const failed = Object.entries(steps).filter(([name, args]) => !run(name, args));
process.exitCode = failed.length === 0 ? 0 : 1;
