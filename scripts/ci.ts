// The whole verification. Its last line is "N passed, N failed": the tests of all runs, and one failure for every other
// step that failed. A test file that failed is run once more, alone: if it passes then, it counts as passed and is named
// as FLAKY. Exits 1 unless nothing failed.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, npm, run, script, withNode } from './ci/command.ts';
import type { Failure, TestReport } from './tests/reporter.ts';

process.chdir(dirname(import.meta.dirname));

/** Tests that failed in a run, and how to run a file of it again. */
interface Suspect {
  readonly name: string;
  readonly file: string;
  readonly failures: readonly Failure[];
  readonly again: Command;
}

const reportFile = join(tmpdir(), `pgwamp-tests-${process.pid}.json`);
const suspects: Suspect[] = [];
const failed: string[] = [];
const flaky: string[] = [];
let passes = 0;
let failures = 0;

function step(name: string, command: Command): void {
  if (timed(name, () => run(command))) return;
  failures += 1;
  failed.push(name);
}

function tests(name: string, command: Command): void {
  timed(name, () => {
    const { ok, report } = runTests(command);
    passes += report.passed;
    const files = Map.groupBy(report.failures, ({ file }) => file);
    for (const [file, found] of files) suspects.push({ name, file, failures: found, again: command });
    // A run that ends badly without a failed test did not come to its end.
    if (!ok && files.size === 0) {
      failures += 1;
      failed.push(`${name}: did not come to its end`);
    }
    return ok;
  });
}

function tryAgain({ name, file, failures: before, again }: Suspect): void {
  const alone =
    file !== '' &&
    timed(`${name}: ${file} once more, alone`, () => runTests({ ...again, args: [...again.args, file] }).ok);
  for (const { title, error } of before) (alone ? flaky : failed).push(`${name}: ${title}: ${error}`);
  if (alone) passes += before.length;
  else failures += before.length;
}

function runTests(command: Command): { ok: boolean; report: TestReport } {
  rmSync(reportFile, { force: true });
  const ok = run({ ...command, env: { ...command.env, TEST_REPORT: reportFile } });
  try {
    return { ok, report: JSON.parse(readFileSync(reportFile, 'utf8')) };
  } catch {
    return { ok: false, report: { passed: 0, failures: [] } };
  } finally {
    rmSync(reportFile, { force: true });
  }
}

function timed(name: string, action: () => boolean): boolean {
  const start = performance.now();
  console.log(`== ${name}`);
  const ok = action();
  console.log(`== ${name}: ${ok ? 'ok' : 'FAILED'} (${Math.round((performance.now() - start) / 1000)} s)`);
  return ok;
}

/** A database of the caller's is of one version; a run that is about a version starts its own. */
const postgres = (version: number) => ({ PG_VERSION: String(version), TEST_DATABASE_URL: undefined });

// The steps that find most mistakes come first.
step('check', npm('run', 'check'));
step('message brokers', npm('run', 'brokers'));
tests('tests', npm('test', '--'));
tests('database tests with PostgreSQL 14', script('scripts/test.ts', ['database'], postgres(14)));
tests('unit tests with Node 22', withNode('22.23.3', 'scripts/test.ts', ['unit']));
tests('tests of the components with Node 22', withNode('22.23.3', 'scripts/test.ts', ['components']));
tests('tests of the published packages with Node 22', withNode('22.23.3', 'scripts/test.ts', ['packages']));
step('Crossbar.io, to compare with', npm('run', 'crossbar'));
tests(
  'interoperation with Crossbar.io and Autobahn|Python',
  script('scripts/test.ts', ['interop'], { INTEROP: 'crossbar' }),
);
tests('components with Crossbar.io', script('scripts/test.ts', ['crossbar'], { TEST_ROUTER: 'crossbar' }));
step('API documentation', npm('run', 'docs'));
step('demo', npm('run', 'demo', '--', '--check'));
tests('tests of endurance', npm('run', 'test:endurance', '--'));
tests('database tests with PostgreSQL 16', script('scripts/test.ts', ['database'], postgres(16)));
tests('tests of SQL with PostgreSQL 15', script('scripts/test.ts', ['sql'], postgres(15)));
tests('tests of SQL with PostgreSQL 17', script('scripts/test.ts', ['sql'], postgres(17)));
for (const suspect of suspects) tryAgain(suspect);

// Failures are repeated at the end of a long run.
for (const line of failed) console.log(`FAILED ${line}`);
for (const line of flaky) console.log(`FLAKY ${line}`);
console.log(`${passes} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
