// Mocha's usual report, and the same as JSON for whoever adds up several runs: in the file that TEST_REPORT names.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';

/** A test that failed, or a hook. */
export interface Failure {
  /** From the top of the repository. */
  readonly file: string;
  readonly title: string;
  /** The error in one line. */
  readonly error: string;
}

/** The result of a mocha run. */
export interface TestReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** A reporter for `mocha --reporter`. */
export default class JsonReporter extends Mocha.reporters.Spec {
  override done(failures: number, end?: (failures: number) => void): void {
    const file = process.env.TEST_REPORT;
    const report: TestReport = { passed: this.stats.passes, failures: this.failures.map(failureOf) };
    if (file) writeFileSync(file, JSON.stringify(report));
    end?.(failures);
  }
}

function failureOf(test: Mocha.Test): Failure {
  const error = test.err?.stack ?? test.err?.message ?? 'no error';
  const file = test.file ?? test.parent?.file;
  return {
    file: file ? relative(process.cwd(), file) : '',
    title: test.titlePath().join(' > '),
    error: error.replaceAll(/\s+/g, ' '),
  };
}
