import { startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router } from '@pgwamp/router';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

/** What calls of `com.example.add2` give at a router. */
async function sumAt(router: Router): Promise<unknown> {
  await using caller = await join(router);
  return await answerTo(caller.call('com.example.add2', [1, 2]));
}

describe('A Callee whose router goes away', () => {
  it('registers everything again at the next one on the same port', async () => {
    await using stage = await openCalleeStage(add2);
    await stage.callee.stop();
    const first = createTestRouter();
    const { url } = await first.listen();
    await using callee = await startCallee(calleeOptions(stage.database, { type: 'websocket', url }));
    expect(await sumAt(first)).to.deep.equal([3]);
    await first.close();
    await waitFor(() => callee.status().state === 'reconnecting', { what: 'the loss to be known' });
    expect(callee.status()).to.deep.include({ session: undefined });
    const { database } = callee.status();
    await stage.sql.query(register('com.example.meanwhile', 'add2(integer,integer)'));
    await using second = createTestRouter();
    await second.listen({ port: Number(new URL(url).port) });
    await waitFor(() => callee.status().state === 'running', { what: 'the Callee to run' });
    expect(await sumAt(second)).to.deep.equal([3]);
    expect(callee.status().registrations.registered).to.equal(2);
    expect(callee.status().database).to.deep.equal(database);
  });

  it('ends what nobody waits for any more, in PostgreSQL too', async () => {
    await using stage = await openCalleeStage(
      `CREATE FUNCTION nap() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(60)'; ${register('com.example.nap', 'nap()')}`,
    );
    await stage.callee.stop();
    const { url } = await stage.router.listen();
    await using proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) });
    const way = `ws://${proxy.host}:${proxy.port}/ws`;
    await using callee = await startCallee(calleeOptions(stage.database, { type: 'websocket', url: way }));
    const call = answerTo(stage.caller.call('com.example.nap'));
    const running = `SELECT FROM pg_stat_activity WHERE query LIKE '%nap%' AND state = 'active' AND pid <> pg_backend_pid()
      AND datname = current_database()`;
    await waitFor(async () => (await stage.sql.query(running)).rowCount === 1, { what: 'the call to run' });
    proxy.refuse();
    proxy.cut();
    expect(await withDeadline(call, 5000, 'the caller to be told')).to.match(/^wamp\.error\./);
    await waitFor(async () => (await stage.sql.query(running)).rowCount === 0, { what: 'the statement to end' });
    await proxy.resume();
    await waitFor(() => callee.status().state === 'running', { what: 'the Callee to run' });
  });
});
