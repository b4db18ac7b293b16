import { routerMetrics, startWorker, withAbsolutePaths } from '@pgwamp/router/worker';
import type { RouterOptions } from '../configuration/node-schema.ts';
import { Components } from './components.ts';
import type { MetricFamily } from './messages.ts';
import type { RunningWorker, WorkerContext } from './running-worker.ts';

/**
 * Runs a router worker: the router, and the components that join it in memory.
 *
 * @throws errors of the router, such as an address that is in use.
 */
export async function openRouter(options: RouterOptions, { folder, log }: WorkerContext): Promise<RunningWorker> {
  const { components: componentOptions, options: _, ...worker } = options;
  const running = await startWorker(withAbsolutePaths(worker, folder), (error) => log.error({ err: error }, 'router'));
  const { router, urls, openUrls } = running;
  for (const url of openUrls) log.info('%s: listening on all addresses of this machine', url);
  const components = new Components({ folder, log, router });
  let metrics: ReturnType<typeof routerMetrics> | undefined;
  const readMetrics = async () => {
    metrics ??= routerMetrics(() => router.stats());
    return [...((await metrics.getMetricsAsJSON()) as unknown as MetricFamily[]), ...(await components.metrics())];
  };
  return {
    components,
    urls,
    started: components.apply(componentOptions),
    report: async (withMetrics) => ({
      components: components.report(),
      router: { ...router.stats() },
      metrics: withMetrics ? await readMetrics() : [],
    }),
    realm: (name) => (worker.realms.some((realm) => realm.name === name) ? router.realm(name) : undefined),
    async stop() {
      await components.stop();
      await running.close();
    },
  };
}
