import { Registry } from '@prometheus-io/client';
import { expect } from 'chai';
import { metricsFor } from '../../src/component/index.ts';

function register(registry: Registry, realm: string, values: { done: number; lag: number }) {
  return metricsFor(registry, realm, {
    counters: { test_done_total: { help: 'Done.', read: () => values.done } },
    gauges: { test_lag: { help: 'Lag.', read: () => values.lag } },
  });
}

/** The samples of a registry, without comments. */
async function samples(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  it('are read when they are scraped, in the registry that was passed in', async () => {
    const registry = new Registry();
    const values = { done: 1, lag: 10 };
    register(registry, 'realm1', values);
    expect(await samples(registry)).to.have.members([
      'test_done_total{realm="realm1"} 1',
      'test_lag{realm="realm1"} 10',
    ]);
    Object.assign(values, { done: 3, lag: 0 });
    expect(await samples(registry)).to.have.members([
      'test_done_total{realm="realm1"} 3',
      'test_lag{realm="realm1"} 0',
    ]);
  });

  it('are shared by components, labelled by realm, until a component is gone', async () => {
    const registry = new Registry();
    const first = register(registry, 'realm1', { done: 1, lag: 1 });
    register(registry, 'realm2', { done: 2, lag: 2 });
    expect(await samples(registry))
      .to.include('test_lag{realm="realm2"} 2')
      .and.to.have.length(4);
    first();
    expect(await samples(registry)).to.have.members([
      'test_done_total{realm="realm2"} 2',
      'test_lag{realm="realm2"} 2',
    ]);
    register(registry, 'realm1', { done: 9, lag: 9 });
    expect(await samples(registry))
      .to.include('test_done_total{realm="realm1"} 9')
      .and.to.have.length(4);
  });

  it('of two registries have nothing to do with each other', async () => {
    const [one, two] = [new Registry(), new Registry()];
    register(one, 'realm1', { done: 1, lag: 1 });
    register(two, 'realm1', { done: 2, lag: 2 });
    expect(await samples(one)).to.include('test_lag{realm="realm1"} 1');
    expect(await samples(two)).to.include('test_lag{realm="realm1"} 2');
  });
});
