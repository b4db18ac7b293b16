import { startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router } from '@pgwamp/router';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

/** The results of calls of `com.example.add2` at a router. */
async function sumAt(router: Router): Promise<unknown> {
  await using caller = await join(router);
  return await answerTo(caller.call('com.example.add2', [1, 2]));
}

describe('A Callee whose router goes away', () => {
  it('registers everything at the next router on the same port', async () => {
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

  /** A Callee that notices a dead line within 300 ms, and a router that does not within 30 s; its line is dead, the next one is not. */
  async function deadLine() {
    await using stack = new AsyncDisposableStack();
    const stage = stack.use(await openCalleeStage(add2));
    await stage.callee.stop();
    const { url } = await stage.router.listen();
    const proxy = stack.use(await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) }));
    const options = { auto_ping_interval: 100, auto_ping_timeout: 200 };
    const transport = { type: 'websocket', url: `ws://${proxy.host}:${proxy.port}/ws`, options } as const;
    const callee = stack.use(await startCallee(calleeOptions(stage.database, transport)));
    proxy.swallow();
    const { caller } = stage;
    const kept = stack.move();
    return { callee, caller, proxy, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  it('replaces the registrations that the router still has of its dead session', async () => {
    await using stage = await deadLine();
    const { callee, caller, proxy } = stage;
    await waitFor(() => callee.status().state === 'reconnecting', { what: 'the loss to be known' });
    await proxy.resume();
    await waitFor(() => callee.status().registrations.registered === 1, { what: 'the registration', deadline: 20_000 });
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal([3]);
  });

  it('does not replace registrations of others, even after a dead session', async () => {
    await using stage = await deadLine();
    const { callee, caller, proxy } = stage;
    await caller.register('com.example.add2', () => 'another', { force_reregister: true });
    await waitFor(() => callee.status().state === 'reconnecting', { what: 'the loss to be known' });
    await proxy.resume();
    await waitFor(() => callee.status().registrations.refused === 1, { what: 'the refusal', deadline: 20_000 });
    expect(await answerTo(caller.call('com.example.add2', [1, 2]))).to.deep.equal(['another']);
  });

  it('cancels running calls, in PostgreSQL too', async () => {
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
