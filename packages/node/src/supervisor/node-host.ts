import { isDeepStrictEqual } from 'node:util';
import { counted } from '@pgwamp/config';
import type { SessionInfo } from '@pgwamp/router';
import type { AnyWorkerOptions } from '../configuration/node-schema.ts';
import type { NodeConfiguration } from '../configuration/read-node.ts';
import { withIds } from '../configuration/worker-ids.ts';
import type { FoundPublication, WorkerOptions } from '../workers/messages.ts';
import { startGuest } from './guest-run.ts';
import type { Log } from './log.ts';
import type { Run } from './run.ts';
import { SupervisedWorker, type WorkerStatus } from './supervised-worker.ts';
import { startWorker } from './worker-run.ts';

/** The state of a node at one moment. */
export interface NodeStatus {
  readonly id: string | undefined;
  /** The configuration file. */
  readonly file: string;
  readonly pid: number;
  /** In ISO 8601. */
  readonly started: string;
  /** Whether every worker and every component works. */
  readonly ready: boolean;
  readonly workers: readonly WorkerStatus[];
}

/** Sessions of a realm of the node. */
export interface NodeSessionList {
  /** Whether a router of the node has the realm and has answered. */
  readonly hasRouter: boolean;
  /** The number of sessions. */
  readonly count: number;
  /** Some of the sessions, each with its router worker. Sessions with most waiting bytes come first. */
  readonly sessions: readonly (SessionInfo & { readonly worker: string })[];
}

/** A worker of the node with the configuration for its next process. */
interface Entry {
  options: AnyWorkerOptions;
  readonly worker: SupervisedWorker;
}

/** Limit of listed sessions; further ones are only counted. */
const maxSessions = 100;

/** The states of a worker or component that the node need not wait for. */
const readyStates = new Set(['running', 'standby', 'finished']);

/**
 * A node: one process for each worker of its configuration.
 *
 * The configuration passes through: `readNode` (file → checked values) → NodeHost (finds new, changed and removed
 * workers) → SupervisedWorker (keeps one process running) → WorkerRun (IPC) → `workers/main.ts` (the process) → router
 * and Components. In the other direction, each worker reports its status and metrics, and its output goes to the log.
 */
export class NodeHost {
  readonly #log: Log;
  readonly #started = new Date();
  readonly #failed = Promise.withResolvers<never>();
  #configuration: NodeConfiguration;
  #entries = new Map<string, Entry>();
  #changes: Promise<void> = Promise.resolve();
  /**
   * Resolves when the routers of the first configuration work. Meanwhile the processes of the other workers load their
   * code.
   */
  readonly #routersRun = Promise.withResolvers<void>();
  #stopping = false;

  constructor(configuration: NodeConfiguration, log: Log) {
    this.#configuration = configuration;
    this.#log = log;
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects with the error of a worker that was given up; never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The configuration in force. */
  get configuration(): NodeConfiguration {
    return this.#configuration;
  }

  /**
   * Starts the routers, and then all other workers. Meanwhile the processes of containers load their code. Resolves to
   * true when everything works, or to false if it was stopped before.
   *
   * @throws `WorkerFailedError` if a worker cannot be started for a reason that waiting does not fix.
   */
  async start(): Promise<boolean> {
    const added = withIds(this.#configuration.node.workers).map(([id, options]) => this.#create(id, options).worker);
    for (const worker of added) worker.givenUp.catch((error: unknown) => this.#failed.reject(error));
    const start = (type: AnyWorkerOptions['type']) =>
      Promise.all(added.filter((worker) => worker.type === type).map((worker) => worker.start()));
    const [routers, containers] = [start('router'), start('container')];
    // A failure before the routers run is reported below.
    containers.catch(() => undefined);
    await routers;
    if (this.#stopping) return false;
    this.#routersRun.resolve();
    await Promise.all([containers, start('guest')]);
    return !this.#stopping;
  }

  /** Applies another configuration: it only affects workers that are new, changed or removed. */
  apply(configuration: NodeConfiguration): Promise<void> {
    this.#changes = this.#changes.then(() => this.#apply(configuration));
    return this.#changes;
  }

  /** Stops containers and guests, then routers, within the configured time limit. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#stop([...this.#entries.values()]);
  }

  /** Kills every process. */
  kill(): void {
    for (const { worker } of this.#entries.values()) worker.kill();
  }

  /** The state of the node and of its workers, on request with their metrics. */
  async status(withMetrics = false): Promise<NodeStatus> {
    const workers = await Promise.all([...this.#entries.values()].map(({ worker }) => worker.status(withMetrics)));
    return {
      id: this.#configuration.node.controller.id,
      file: this.#configuration.file,
      pid: process.pid,
      started: this.#started.toISOString(),
      ready: workers.length > 0 && workers.every(isReady),
      workers,
    };
  }

  /** Finds publications with these keys in the memory of the node's Publishers; see {@link FoundPublication}. */
  async findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]> {
    const found = await Promise.all([...this.#entries.values()].map(({ worker }) => worker.findPublications(keys)));
    return found.flat();
  }

  /** The sessions of a realm, from all routers of the node that have it. */
  async listSessions(realm: string, search: string): Promise<NodeSessionList> {
    const routers = this.#workersOf('router');
    const lists = await Promise.all(routers.map((worker) => worker.listSessions(realm, search)));
    const found = lists.flatMap((list, index) =>
      (list?.sessions ?? []).map((session) => ({ ...session, worker: routers[index]?.id ?? '' })),
    );
    found.sort((one, other) => other.waitingBytes - one.waitingBytes);
    return {
      hasRouter: lists.some((list) => list !== undefined),
      count: lists.reduce((sum, list) => sum + (list?.count ?? 0), 0),
      sessions: found.slice(0, maxSessions),
    };
  }

  /**
   * Ends a session of a router worker.
   *
   * @returns whether the session existed.
   */
  async closeSession(id: string, realm: string, session: number, message: string): Promise<boolean> {
    const worker = this.#workersOf('router').find((router) => router.id === id);
    return (await worker?.closeSession(realm, session, message)) ?? false;
  }

  #workersOf(type: AnyWorkerOptions['type']): SupervisedWorker[] {
    return [...this.#entries.values()].map(({ worker }) => worker).filter((worker) => worker.type === type);
  }

  async #apply(configuration: NodeConfiguration): Promise<void> {
    if (this.#stopping) return;
    this.#configuration = configuration;
    const wanted = new Map(withIds(configuration.node.workers));
    const gone = [...this.#entries].filter(([id, { options }]) => !canBecome(options, wanted.get(id)));
    await this.#stop(gone.map(([, entry]) => entry));
    // The node may have been stopped meanwhile, which does not know the workers to be started.
    if (this.#stopping) return;
    for (const [id] of gone) this.#entries.delete(id);
    for (const [id, entry] of this.#entries) this.#change(entry, wanted.get(id) as AnyWorkerOptions);
    const added = [...wanted]
      .filter(([id]) => !this.#entries.has(id))
      .map(([id, options]) => this.#create(id, options));
    // Not awaited: existing workers must not depend on new ones.
    for (const { worker } of added) this.#startAlone(worker);
    this.#log.logger.info(
      'configuration applied: %s stopped, %d started',
      counted(gone.length, 'worker'),
      added.length,
    );
  }

  #change(entry: Entry, options: AnyWorkerOptions): void {
    if (isDeepStrictEqual(entry.options, options)) return;
    entry.options = options;
    if (options.type !== 'guest') entry.worker.tell({ type: 'components', components: options.components });
  }

  /** Starts a worker that other workers do not depend on: if it is given up, only it has failed. */
  #startAlone(worker: SupervisedWorker): void {
    worker.givenUp.catch((error: Error) => this.#log.logger.error({ worker: worker.id }, error.message));
    // The same error, if it has never worked.
    worker.start().catch(() => undefined);
  }

  #create(id: string, options: AnyWorkerOptions): Entry {
    const log = this.#log.logger.child({ worker: id });
    const { restart } = this.#configuration.node.controller.options;
    const launch = () => this.#launch(id, entry);
    const entry: Entry = { options, worker: new SupervisedWorker({ id, type: options.type, launch, restart, log }) };
    this.#entries.set(id, entry);
    return entry;
  }

  #launch(id: string, entry: Entry): Run {
    const { options } = entry;
    const { folder } = this.#configuration;
    if (options.type === 'guest') return startGuest(id, options, folder, this.#log);
    const mayRun = options.type === 'router' ? Promise.resolve() : this.#routersRun.promise;
    // Its components may change until it runs, but never its type.
    return startWorker(id, () => entry.options as WorkerOptions, { folder, log: this.#log, mayRun });
  }

  async #stop(entries: readonly Entry[]): Promise<void> {
    const { shutdown_timeout: bound } = this.#configuration.node.controller.options;
    const end = performance.now() + bound;
    const isRouter = ({ worker }: Entry) => worker.type === 'router';
    const stop = (list: Entry[]) =>
      Promise.all(list.map(({ worker }) => worker.stop(Math.max(0, end - performance.now()))));
    await stop(entries.filter((entry) => !isRouter(entry)));
    await stop(entries.filter(isRouter));
  }
}

/** Whether a worker can change its options without a restart: only its components have changed. */
function canBecome(options: AnyWorkerOptions, wanted: AnyWorkerOptions | undefined): boolean {
  if (wanted === undefined) return false;
  if (options.type === 'guest' || wanted.type === 'guest') return isDeepStrictEqual(options, wanted);
  return isDeepStrictEqual({ ...options, components: [] }, { ...wanted, components: [] });
}

function isReady({ state, type, report }: WorkerStatus): boolean {
  if (!readyStates.has(state)) return false;
  if (type === 'guest') return true;
  return report?.components.every((component) => readyStates.has(component.state)) ?? false;
}

/** The state without the metrics of the workers, which are for Prometheus. */
export function withoutMetrics({ workers, ...node }: NodeStatus) {
  const shown = workers.map(({ report: { metrics: _, ...report } = { metrics: [] }, ...worker }) => {
    return { ...worker, ...report };
  });
  return { ...node, workers: shown };
}
