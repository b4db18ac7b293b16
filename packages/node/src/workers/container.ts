import { Registry } from '@prometheus-io/client';
import type { ContainerOptions } from '../configuration/node-schema.ts';
import { Components } from './components.ts';
import type { RunningWorker, WorkerContext } from './running-worker.ts';

/** Runs the components of a container worker. */
export function openContainer(
  { components: options }: ContainerOptions,
  { folder, log }: WorkerContext,
): RunningWorker {
  const metrics = new Registry();
  const components = new Components({ folder, log, metrics });
  return {
    components,
    urls: [],
    started: components.apply(options),
    report: async () => ({ components: components.report(), metrics: (await metrics.getMetricsAsJSON()) as never }),
    stop: () => components.stop(),
  };
}
