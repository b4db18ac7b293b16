import type { ContainerOptions } from '../configuration/node-schema.ts';
import { Components } from './components.ts';
import type { RunningWorker, WorkerContext } from './running-worker.ts';

/** Runs the components of a container worker. */
export function openContainer(
  { components: options }: ContainerOptions,
  { folder, log }: WorkerContext,
): RunningWorker {
  const components = new Components({ folder, log });
  return {
    components,
    urls: [],
    started: components.apply(options),
    report: async (withMetrics) => ({
      components: components.report(),
      metrics: withMetrics ? await components.metrics() : [],
    }),
    realm: () => undefined,
    stop: () => components.stop(),
  };
}
