import { DatabaseLostError, type WampError } from '@pgwamp/core';
import { freePort, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION nap(seconds float8) RETURNS text LANGUAGE sql AS 'SELECT ''rested'' FROM pg_sleep(seconds)';
  CREATE FUNCTION sleep(event jsonb) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(60)';
`;

describe('Function executor: unavailable', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions, { pool: { size: 2, queue: 2 } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const unavailable = async (call: Promise<unknown>, message: string) => {
    const { error, args, kwargs } = await withDeadline(rejection<WampError>(call), 20_000, 'the call to be refused');
    expect({ error, args, kwargs }).to.deep.equal({ error: 'wamp.error.unavailable', args: [message], kwargs: {} });
  };

  it('refuses a call immediately if the queue is full', async () => {
    const nap = await stage.endpoint('public.nap(double precision)');
    const stop = new AbortController();
    const long = [1, 2, 3, 4].map(() => rejection(stage.call(nap, [60], { signal: stop.signal })));
    await stage.asleep(2);
    expect(stage.first.stats).to.deep.equal({ size: 2, busy: 2, waiting: 2 });
    await unavailable(stage.call(nap, [0]), 'too many calls are waiting');
    stop.abort();
    await Promise.all(long);
    expect(onlyResult(await stage.call(nap, [0]))).to.equal('rested');
  });

  it('refuses calls immediately if PostgreSQL is unreachable, without telling its address', async () => {
    const away = stage.executor({ database: { port: await freePort() } as object });
    const nap = await stage.endpoint('public.nap(double precision)');
    const calls = Array.from({ length: 3 }, () => away.call({ endpoint: nap, args: [0], kwargs: {}, details: {} }));
    await Promise.all(calls.map((call) => unavailable(call, 'PostgreSQL cannot be reached')));
    const denied = stage.executor({ database: { password: 'wrong' } as object });
    await unavailable(
      denied.call({ endpoint: nap, args: [0], kwargs: {}, details: {} }),
      'PostgreSQL cannot be reached',
    );
  });

  it('fails running calls when their connection is lost, and opens another one for the next call', async () => {
    const nap = await stage.endpoint('public.nap(double precision)');
    const call = unavailable(stage.call(nap, [60]), 'PostgreSQL cannot be reached');
    const sleeping = await stage.endpoint('public.sleep(jsonb)', { kind: 'subscription' });
    const handled = rejection(stage.handle(sleeping, [1]));
    await stage.asleep(2);
    await stage.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    await call;
    expect(await handled, 'the events may have been handled').to.be.instanceOf(DatabaseLostError);
    expect(onlyResult(await stage.call(nap, [0]))).to.equal('rested');
  });

  it('refuses calls after close(), which waits for running calls, and after destroy(), which ends them', async () => {
    const nap = await stage.endpoint('public.nap(double precision)');
    const again = (seconds: number) => ({ endpoint: nap, args: [seconds], kwargs: {}, details: {} });
    const closed = stage.executor();
    const last = closed.call(again(0.1));
    await stage.asleep(1);
    const closing = closed.close();
    await unavailable(closed.call(again(0)), 'PostgreSQL cannot be reached');
    expect(onlyResult(await last)).to.equal('rested');
    await closing;
    const destroyed = stage.executor();
    const running = unavailable(destroyed.call(again(60)), 'PostgreSQL cannot be reached');
    await stage.asleep(1);
    destroyed.destroy();
    await running;
  });
});
