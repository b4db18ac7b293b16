import { withSeed } from '@pgwamp/harness';
import { callsOfRound, fuzz } from '../support/fuzz-world.ts';
import { fuzzedFunctions } from '../support/fuzzed-functions.ts';

const rounds = 15;

describe('Function executor: random arguments', () => {
  it(`return the results of handwritten SQL: ${rounds * callsOfRound} calls of ${fuzzedFunctions.length} functions, with other settings, functions and types in between`, () =>
    withSeed((draw) => fuzz(draw, rounds)));
});
