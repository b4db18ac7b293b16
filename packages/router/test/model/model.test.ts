import fc from 'fast-check';
import { sequences } from './commands.ts';
import { FakeClock } from './fake-clock.ts';
import { Run } from './run.ts';

// The number of sequences, and the seed: for long runs, and to reproduce a failure.
const { MODEL_RUNS = '1000', MODEL_SEED } = process.env;

describe('Router compared with a model', () => {
  it('answers any sequence of messages, valid or not, like the model of broker and dealer', async () => {
    using clock = new FakeClock();
    const property = fc.asyncProperty(sequences, async (commands) => {
      await using run = new Run(clock);
      await run.play(commands);
    });
    const seed = MODEL_SEED === undefined ? {} : { seed: Number(MODEL_SEED) };
    await fc.assert(property, { numRuns: Number(MODEL_RUNS), ...seed });
  }).timeout(0);
});
