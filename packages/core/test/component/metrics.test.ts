import { Registry } from '@prometheus-io/client';
import { expect } from 'chai';
import { registerMetrics } from '../../src/component/index.ts';

function register(registry: Registry, realm: string, values: { done: number; lag: number }, database = 'shop') {
  return registerMetrics(
    registry,
    { database, realm },
    {
      counters: { test_done_total: { help: 'Done.', read: () => values.done } },
      gauges: { test_lag: { help: 'Lag.', read: () => values.lag } },
    },
  );
}

/** The samples of a registry, without comments. */
async function samples(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('Metrics', () => {
  it('are read at each scrape, in the given registry', async () => {
    const registry = new Registry();
    const values = { done: 1, lag: 10 };
    register(registry, 'realm1', values);
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="shop",realm="realm1"} 1',
      'test_lag{database="shop",realm="realm1"} 10',
    ]);
    Object.assign(values, { done: 3, lag: 0 });
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="shop",realm="realm1"} 3',
      'test_lag{database="shop",realm="realm1"} 0',
    ]);
  });

  it('are shared by components, labeled by database and realm, until a component is disposed of', async () => {
    const registry = new Registry();
    const first = register(registry, 'realm1', { done: 1, lag: 1 });
    register(registry, 'realm2', { done: 2, lag: 2 });
    expect(await samples(registry))
      .to.include('test_lag{database="shop",realm="realm2"} 2')
      .and.to.have.length(4);
    first();
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="shop",realm="realm2"} 2',
      'test_lag{database="shop",realm="realm2"} 2',
    ]);
    register(registry, 'realm1', { done: 9, lag: 9 });
    expect(await samples(registry))
      .to.include('test_done_total{database="shop",realm="realm1"} 9')
      .and.to.have.length(4);
  });

  it('are separate for two databases in one realm', async () => {
    const registry = new Registry();
    const first = register(registry, 'realm1', { done: 1, lag: 1 }, 'shop');
    const second = register(registry, 'realm1', { done: 2, lag: 2 }, 'archive');
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="shop",realm="realm1"} 1',
      'test_lag{database="shop",realm="realm1"} 1',
      'test_done_total{database="archive",realm="realm1"} 2',
      'test_lag{database="archive",realm="realm1"} 2',
    ]);
    first();
    first();
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="archive",realm="realm1"} 2',
      'test_lag{database="archive",realm="realm1"} 2',
    ]);
    second();
    expect(await samples(registry)).to.deep.equal([]);
  });

  it('are summed up for components with the same labels', async () => {
    const registry = new Registry();
    register(registry, 'realm1', { done: 1, lag: 10 });
    const second = register(registry, 'realm1', { done: 2, lag: 20 });
    expect(await samples(registry)).to.have.members([
      'test_done_total{database="shop",realm="realm1"} 3',
      'test_lag{database="shop",realm="realm1"} 30',
    ]);
    second();
    expect(await samples(registry)).to.include('test_lag{database="shop",realm="realm1"} 10');
  });

  it('are separate for two registries', async () => {
    const [one, two] = [new Registry(), new Registry()];
    register(one, 'realm1', { done: 1, lag: 1 });
    register(two, 'realm1', { done: 2, lag: 2 });
    expect(await samples(one)).to.include('test_lag{database="shop",realm="realm1"} 1');
    expect(await samples(two)).to.include('test_lag{database="shop",realm="realm1"} 2');
  });
});
