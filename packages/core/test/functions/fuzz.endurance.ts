import { withSeed } from '@pgwamp/harness';
import { callsOfRound, fuzz } from '../support/fuzz-world.ts';

const calls = Number(process.env.FUZZ_CALLS ?? 10_000);

describe('Function executor: random arguments, many calls', function () {
  this.timeout(600_000);

  it(`returns the results of handwritten SQL: ${calls} calls, with changed settings, functions and types in between`, () =>
    withSeed((draw) => fuzz(draw, Math.ceil(calls / callsOfRound))));
});
