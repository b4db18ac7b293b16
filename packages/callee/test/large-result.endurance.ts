import { calleeOptions, openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { startCalleeProcess } from './support/callee-process.ts';
import { answerTo } from './support/outcome.ts';

const megabyte = 1024 * 1024;
const rowCount = 1_000_000;

/** V8 collects late where a machine has memory. Within these limits it shows what the Callee needs; if that were more, it would end. */
const limits = '--max-semi-space-size=8 --max-old-space-size=64';

describe('Callee: a result of 1,000,000 rows', function () {
  this.timeout(120_000);

  it('streams all rows in order, with less than 100 MB of memory', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION count(rows bigint) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT * FROM generate_series(1, rows)';
       ${register('com.example.count', 'count(bigint)')}`,
    );
    await stage.callee.stop();
    const { url } = await stage.router.listen();
    await using callee = await startCalleeProcess(calleeOptions(stage.database, { type: 'websocket', url }), limits);
    await callee.waitFor({ state: 'running' });
    await answerTo(stage.caller.call('com.example.count', [1000]));
    const before = await callee.residentBytes();
    let rows = 0;
    let disorder = 0;
    const onProgress = ({ args }: { args: readonly unknown[] }) => {
      rows += 1;
      if (args[0] !== rows) disorder += 1;
    };
    await stage.caller.call('com.example.count', [rowCount], {}, { onProgress });
    expect({ rows, disorder }).to.deep.equal({ rows: rowCount, disorder: 0 });
    const after = await callee.residentBytes();
    const needed = ((after?.peak ?? 0) - (before?.current ?? 0)) / megabyte;
    expect(needed, 'megabytes more than at rest').to.be.below(100);
  });
});
