/**
 * The program of a worker process. The node starts it with the worker's id, and communicates with it through the IPC
 * channel of Node.js.
 *
 * @module
 */
import { pino } from 'pino';
import type { ComponentOptions } from '../configuration/component-schema.ts';
import { exitCodeOf } from '../exit-codes.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';
import type { RunningWorker, WorkerContext } from './running-worker.ts';

const [, , id = 'worker'] = process.argv;
const log = pino(
  { base: { pid: process.pid }, level: process.env.PGWAMP_LOG_LEVEL ?? 'info' },
  pino.destination({ fd: 2, sync: true }),
);
let worker: Promise<RunningWorker> | undefined;

process.on('message', (message) => void receive(message as ToWorker).catch(fail));
// The node has ended unexpectedly, so no other process would end this one.
process.on('disconnect', () => void stop());
process.on('SIGTERM', () => void stop());
// Ctrl-C in a terminal reaches every process of the group, but the node decides when to stop.
process.on('SIGINT', () => undefined);
process.on('uncaughtException', fail);

async function receive(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'load':
      return load(message.worker, message.folder);
    case 'run':
      return run(message.worker, message.folder);
    case 'components':
      return change(message.components);
    case 'report': {
      const report = await (await worker)?.report(message.metrics);
      if (report) send({ type: 'report', request: message.request, report });
      return;
    }
    case 'find': {
      const found = (await worker)?.components.findPublications(message.keys) ?? [];
      return send({ type: 'publications', request: message.request, found });
    }
    case 'sessions': {
      const list = (await worker)?.realm(message.realm)?.listSessions({ search: message.search });
      return send({ type: 'sessions', request: message.request, list });
    }
    case 'close': {
      const wasThere = (await worker)?.realm(message.realm)?.closeSession(message.session, message.message) ?? false;
      return send({ type: 'closed', request: message.request, wasThere });
    }
    case 'stop':
      return stop();
  }
}

async function run(options: WorkerOptions, folder: string): Promise<void> {
  process.title = options.options.title ?? `pgwamp ${id}`;
  worker = open(options, { folder, log });
  const { urls, started } = await worker;
  await started;
  send({ type: 'ready', urls });
}

/** Loads the code for a worker of this type only. */
async function open(options: WorkerOptions, context: WorkerContext): Promise<RunningWorker> {
  if (options.type === 'router') return (await import('./router.ts')).openRouter(options, context);
  return (await import('./container.ts')).openContainer(options, context);
}

/** Loads the code of a worker that has to wait before it may run. */
async function load({ type, components }: WorkerOptions, folder: string): Promise<void> {
  await (type === 'router' ? import('./router.ts') : import('./container.ts'));
  const { loadClass } = await import('../configuration/component-classes.ts');
  // An error of loading is reported when the component is to run.
  for (const { classname } of components) await loadClass(classname, folder).catch(() => undefined);
}

async function stop(): Promise<void> {
  const running = await worker?.catch(() => undefined);
  await running?.stop();
  process.exit(0);
}

/** Reports the reason to the node and exits; the node decides about a restart. */
function fail(error: unknown): void {
  const { code = 'ERROR', message } = error as Error & { code?: string };
  const failure = { code, message, exitCode: exitCodeOf(error) };
  if (!process.connected) process.exit(1);
  process.send?.({ type: 'failed', failure } satisfies FromWorker, () => process.exit(1));
}

/** A component that cannot start is retried, without affecting the others. */
async function change(components: readonly ComponentOptions[]): Promise<void> {
  const running = await worker;
  await running?.components
    .apply(components)
    .catch((error: unknown) => log.error({ err: error }, 'a component cannot start'));
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
