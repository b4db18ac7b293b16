import { chromiumFolder, startProcess } from '@pgwamp/harness';
import { expect } from 'chai';

/** Runs an example with `--check` and any port to its end, which must be good. Returns its output. */
export async function checkExample(main: string, ...args: string[]): Promise<string> {
  // Unpacking Chromium takes longer than most of its steps.
  const env = { CHROMIUM_FOLDER: await chromiumFolder() };
  await using tour = await startProcess(main, { args: ['--check', '--port', '0', ...args], env });
  const { code } = await tour.exited;
  expect(code, tour.output).to.equal(0);
  return tour.output;
}
