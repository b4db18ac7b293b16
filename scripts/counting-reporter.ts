// Mocha's usual report, and its numbers for whoever adds up several runs: "passed failed" in the first line of the file TEST_COUNTS, then a
// line for each test that failed.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** A reporter for `mocha --reporter`. */
export default class CountingReporter extends Mocha.reporters.Spec {
  override done(failures: number, end?: (failures: number) => void): void {
    const file = process.env.TEST_COUNTS;
    const lines = [`${this.stats.passes} ${this.stats.failures}`, ...this.failures.map(lineOf)];
    if (file) writeFileSync(file, `${lines.join('\n')}\n`);
    end?.(failures);
  }
}

function lineOf(test: Mocha.Test): string {
  return `${test.titlePath().join(' > ')}: ${test.err?.stack ?? test.err?.message ?? 'no error'}`.replaceAll(
    /\s+/g,
    ' ',
  );
}
