import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repositoryRoot, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import type { ComponentEnvironment } from '@pgwamp/publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { startRouter } from './support/router.ts';

type Registry = NonNullable<ComponentEnvironment['metrics']>;

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(join(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Registry;
};

/** The samples of one realm as a scrape shows them, by the name of the metric. */
async function samples(registry: Registry, realm: string): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(
    /^pgwamp_publisher_(\w+)\{database="[^"]+",realm="([^"]*)"\} (\S+)$/gm,
  );
  return Object.fromEntries(
    [...lines].filter(([, , of]) => of === realm).map(([, name, , value]) => [name, Number(value)]),
  );
}

describe('The metrics of a Publisher', () => {
  it('equal its status, for each realm, until it is disposed of', async () => {
    const realms = ['realm1', 'realm2'];
    await using database = await prepareDatabase();
    await using testRouter = await startRouter({ uris: 'strict', realms });
    const metrics = new Registry();
    await using first = await startPublisher(publisherOptions(database.options, testRouter.url), { metrics });
    const options = publisherOptions(database.options, testRouter.url, { realm: 'realm2' });
    await using second = await startPublisher(options, { metrics });
    await using connection = await database.connect();
    await connection.query(
      `SELECT crossbar.publish(topic) FROM unnest(ARRAY['com.example.one', 'com.example.Refused']) AS topic`,
    );
    await drained(connection);
    const settled = { published_total: 1, refused_total: 1, dropped_total: 0, reconnects_total: 0, in_flight: 0 };
    expect(await samples(metrics, 'realm1')).to.include({ ...settled, running: 1, outbox_rows: 0 });
    await first.stop();
    expect(await samples(metrics, 'realm1')).to.include({ ...settled, running: 0 });
    expect(await samples(metrics, 'realm2')).to.include({ ...settled, running: 1 });
    await first[Symbol.asyncDispose]();
    expect(await samples(metrics, 'realm1')).to.deep.equal({});
    await waitFor(async () => (await samples(metrics, 'realm2')).lag_bytes === second.status().lag.bytes, {
      what: 'the lag of the status',
    });
  });
});
