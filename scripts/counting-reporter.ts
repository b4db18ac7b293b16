// Mocha's usual report, and its numbers for whoever adds up several runs: "passed failed" in the file TEST_COUNTS.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** A reporter for `mocha --reporter`. */
export default class CountingReporter extends Mocha.reporters.Spec {
  override done(failures: number, end?: (failures: number) => void): void {
    const file = process.env.TEST_COUNTS;
    if (file) writeFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`);
    end?.(failures);
  }
}
