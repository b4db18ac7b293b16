import { withSeed } from '@pgwamp/harness';
import { callsOfRound, fuzz } from '../support/fuzz-world.ts';
import { fuzzedFunctions } from '../support/fuzzed-functions.ts';

const rounds = 15;

describe('random arguments', () => {
  it(`of ${rounds * callsOfRound} calls give what SQL gives that is written by hand, for ${fuzzedFunctions.length} functions, with other settings, functions and types in between`, () =>
    withSeed((draw) => fuzz(draw, rounds)));
});
