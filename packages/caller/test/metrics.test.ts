import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ComponentEnvironment } from '@pgwamp/caller';
import { repositoryRoot, waitFor } from '@pgwamp/harness';
import { callerOptions, openCallerStage, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

type Registry = NonNullable<ComponentEnvironment['metrics']>;

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Registry;
};

/** The samples as a scrape shows them, by the name of the metric. */
async function samples(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(/^pgwamp_caller_(\w+)\{database="[^"]+",realm="realm1"\} (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
}

describe('The metrics of a Caller', () => {
  it('equal its status, until it is disposed of', async () => {
    await using stage = await openCallerStage();
    const { database, router, sql } = stage;
    await stage.caller.stop();
    await stage.callee.register('com.example.two', () => 2);
    const metrics = new Registry();
    await using caller = await startCaller(callerOptions(database, { type: 'memory', router }), { metrics });
    await sql.query(`SELECT crossbar.call('com.example.two') FROM generate_series(1, 3)`);
    await errorOf(sql.query(`SELECT crossbar.call('com.example.none')`));
    await sql.query(`SELECT crossbar.call_async('com.example.two'), crossbar.call_async('com.example.none')`);
    await waitFor(async () => (await samples(metrics)).async_failed_total === 1, { what: 'the asynchronous calls' });
    await waitFor(() => caller.status().async.inFlight === 0, { what: 'their ends' });
    const counted = {
      ...{ calls_total: 4, failed_total: 1, reconnects_total: 0, in_flight: 0 },
      ...{ async_calls_total: 2, async_failed_total: 1, failed_handlers_total: 0, async_in_flight: 0 },
    };
    expect(await samples(metrics)).to.deep.equal({ ...counted, running: 1, connections: 1 });
    await caller.stop();
    expect(await samples(metrics)).to.deep.equal({ ...counted, running: 0, connections: 0 });
    await caller[Symbol.asyncDispose]();
    expect(await samples(metrics)).to.deep.equal({});
  });
});
