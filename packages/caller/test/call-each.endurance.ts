import { callerOptions, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { expect } from 'chai';
import { startCallerProcess } from './support/caller-process.ts';

const megabyte = 1024 * 1024;
const calls = 1_000_000;

/** V8 collects late where a machine has memory. Within these limits it shows what the Caller needs; if that were more, it would end. */
const limits = '--max-semi-space-size=8 --max-old-space-size=64';

describe('crossbar.call_each: 1,000,000 calls', function () {
  this.timeout(600_000);

  it('returns all results in order, with less than 100 MB of memory of the Caller', async () => {
    await using stage = await openCallerStage();
    await stage.caller.stop();
    await stage.callee.register('com.example.echo', ([value]) => value);
    const { url } = await stage.router.listen();
    await using caller = await startCallerProcess(callerOptions(stage.database, { type: 'websocket', url }), limits);
    const each = (count: number) =>
      stage.column(
        `SELECT jsonb_build_array(count(*), count(*) FILTER (WHERE result = to_jsonb(ordinality) AND error IS NULL))
         FROM crossbar.call_each('com.example.echo', ARRAY(SELECT jsonb_build_array(n) FROM generate_series(1, ${count}) AS n))`,
      );
    expect(await each(1000)).to.deep.equal(['[1000, 1000]']);
    const before = await caller.residentBytes();
    expect(await each(calls)).to.deep.equal([`[${calls}, ${calls}]`]);
    const after = await caller.residentBytes();
    const needed = ((after?.peak ?? 0) - (before?.current ?? 0)) / megabyte;
    expect(needed, 'megabytes more than at rest').to.be.below(100);
  });
});
