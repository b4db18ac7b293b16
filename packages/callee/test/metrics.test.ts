import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ComponentEnvironment } from '@pgwamp/callee';
import { repositoryRoot } from '@pgwamp/harness';
import { calleeOptions, openCalleeStage, startCallee } from '@pgwamp/harness/fixtures/callee-stage';
import { add2, register as registering } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo } from './support/outcome.ts';

type Registry = NonNullable<ComponentEnvironment['metrics']>;

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Registry;
};

/** The samples as a scrape shows them, by the name of the metric. */
async function samples(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(/^pgwamp_callee_(\w+)\{database="[^"]+",realm="realm1"\} (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
}

describe('The metrics of a Callee', () => {
  it('equal its status, until it is disposed of', async () => {
    await using stage = await openCalleeStage(add2);
    const { database, router, caller, sql } = stage;
    await stage.callee.stop();
    await sql.query(`CREATE FUNCTION gone() RETURNS void LANGUAGE sql AS ''; ${registering('com.example.gone', 'gone()')}
      DROP FUNCTION gone()`);
    const metrics = new Registry();
    await using callee = await startCallee(calleeOptions(database, { type: 'memory', router }), { metrics });
    for (const args of [[1, 2], [3, 4], [1]]) await answerTo(caller.call('com.example.add2', args));
    const counted = { calls_total: 3, failed_total: 1, reconnects_total: 0, in_flight: 0, waiting_calls: 0 };
    expect(await samples(metrics)).to.include({
      ...counted,
      running: 1,
      registrations: 1,
      refused_registrations: 0,
      unusable_registrations: 1,
    });
    await callee.stop();
    expect(await samples(metrics)).to.include({ ...counted, running: 0, registrations: 0, busy_connections: 0 });
    await callee[Symbol.asyncDispose]();
    expect(await samples(metrics)).to.deep.equal({});
  });
});
