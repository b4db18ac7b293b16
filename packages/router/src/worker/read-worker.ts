import { type Environment, withEnvironment } from '@pgwamp/config';
import { asOption, checkOptions } from '../check-options.ts';
import { RouterOptionError } from '../errors.ts';
import { type Worker, workerSchema } from './worker-schema.ts';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The router worker in the configuration of a whole node. Any other configuration is treated as the worker itself. */
function routerWorkerOf(configuration: unknown): unknown {
  if (!isObject(configuration) || !Array.isArray(configuration.workers)) return configuration;
  const routers = configuration.workers.filter((worker) => isObject(worker) && worker.type === 'router');
  if (routers.length === 1) return routers[0];
  throw new RouterOptionError(`workers: expected one worker of type "router", found ${routers.length}`);
}

/**
 * The workers of a node that no router runs.
 *
 * @example
 * ```ts
 * otherWorkers({ workers: [{ type: 'router' }, { type: 'container' }] }); // ['workers[1] of type "container"']
 * ```
 */
export function otherWorkers(configuration: unknown): string[] {
  if (!isObject(configuration) || !Array.isArray(configuration.workers)) return [];
  return configuration.workers.flatMap((worker, index) =>
    isObject(worker) && worker.type !== 'router' ? [`workers[${index}] of type ${JSON.stringify(worker.type)}`] : [],
  );
}

/**
 * Checks the content of a configuration file: a router worker with `realms` and `transports`, or a whole Crossbar.io
 * node that contains one. Other workers of the node are ignored.
 *
 * @example
 * ```ts
 * const worker = readWorker(JSON.parse(await readFile('config.json', 'utf8')), process.env);
 * console.log(worker.realms.map(({ name }) => name));
 * ```
 *
 * @throws RouterOptionError naming for each mistake its path, what was found and what is expected
 */
export function readWorker(configuration: unknown, environment: Environment): Worker {
  const worker = asOption(() => withEnvironment(routerWorkerOf(configuration), environment));
  return checkOptions(workerSchema, worker);
}
