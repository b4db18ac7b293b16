import { isDeepStrictEqual } from 'node:util';
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
  /** ISO 8601. */
  readonly started: string;
  /** Whether every worker and every component works. */
  readonly ready: boolean;
  readonly workers: readonly WorkerStatus[];
}

/** Sessions of a realm of the node. */
export interface NodeSessionList {
  /** Whether a router of the node has the realm and has answered. */
  readonly hasRouter: boolean;
  /** How many there are. */
  readonly count: number;
  /** Some of them, each with the router worker that it is connected to; those for which most bytes wait come first. */
  readonly sessions: readonly (SessionInfo & { readonly worker: string })[];
}

/** A worker of the node with the configuration that its next process gets. */
interface Entry {
  options: AnyWorkerOptions;
  readonly worker: SupervisedWorker;
}

/** Sessions that are listed; more are only counted. */
const maxSessions = 100;

/** The states of a worker and of a component in which there is nothing to wait for. */
const readyStates = new Set(['running', 'standby', 'finished']);

/**
 * A node: one process for each worker of its configuration.
 *
 * The way of the configuration: `readNode` (file → checked values) → NodeHost (what is new, changed or gone) → SupervisedWorker
 * (keeps one process running) → WorkerRun (IPC) → `workers/main.ts` (the process) → router and Components. The way back is
 * the report of each worker, for status and metrics, and its output, which the log labels.
 */
export class NodeHost {
  readonly #log: Log;
  readonly #started = new Date();
  readonly #failed = Promise.withResolvers<never>();
  #configuration: NodeConfiguration;
  #entries = new Map<string, Entry>();
  #changes: Promise<void> = Promise.resolve();
  /** Resolves when the routers of the first configuration work; the processes of the other workers load their code meanwhile. */
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
   * Starts the routers, and then all other workers; the processes of containers load their code meanwhile. Resolves with true when everything
   * works, or with false if it was stopped before.
   *
   * @throws `WorkerFailedError` if a worker cannot be started for a reason that waiting does not fix.
   */
  async start(): Promise<boolean> {
    const added = withIds(this.#configuration.node.workers).map(([id, options]) => this.#create(id, options).worker);
    for (const worker of added) worker.givenUp.catch((error: unknown) => this.#failed.reject(error));
    const start = (type: AnyWorkerOptions['type']) =>
      Promise.all(added.filter((worker) => worker.type === type).map((worker) => worker.start()));
    const [routers, containers] = [start('router'), start('container')];
    // If one fails before the routers run, it is told of below.
    containers.catch(() => undefined);
    await routers;
    if (this.#stopping) return false;
    this.#routersRun.resolve();
    await Promise.all([containers, start('guest')]);
    return !this.#stopping;
  }

  /** Takes up another configuration: touches the workers that are new, changed or gone, and no others. */
  apply(configuration: NodeConfiguration): Promise<void> {
    this.#changes = this.#changes.then(() => this.#apply(configuration));
    return this.#changes;
  }

  /** Stops containers and guests, then routers, within the bound of the configuration. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#stop([...this.#entries.values()]);
  }

  /** Ends every process without asking. */
  kill(): void {
    for (const { worker } of this.#entries.values()) worker.kill();
  }

  /** The state of the node and of its workers, with their metrics if those are asked for. */
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

  /** The publications that Publishers of the node remember by these keys; see {@link FoundPublication}. */
  async findPublications(keys: readonly string[]): Promise<readonly FoundPublication[]> {
    const found = await Promise.all([...this.#entries.values()].map(({ worker }) => worker.findPublications(keys)));
    return found.flat();
  }

  /** Sessions of a realm, of all routers of the node that have it. */
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
   * @returns whether there was such a session.
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
    for (const [id] of gone) this.#entries.delete(id);
    for (const [id, entry] of this.#entries) this.#change(entry, wanted.get(id) as AnyWorkerOptions);
    const added = [...wanted]
      .filter(([id]) => !this.#entries.has(id))
      .map(([id, options]) => this.#create(id, options));
    // They are started without being waited for: what goes on must not depend on what is new.
    for (const { worker } of added) this.#startAlone(worker);
    this.#log.logger.info('configuration applied: %d workers stopped, %d started', gone.length, added.length);
  }

  #change(entry: Entry, options: AnyWorkerOptions): void {
    if (isDeepStrictEqual(entry.options, options)) return;
    entry.options = options;
    if (options.type !== 'guest') entry.worker.tell({ type: 'components', components: options.components });
  }

  /** Starts a worker of which the others know nothing: if it is given up, it has failed alone. */
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
    // Its components may change until it runs, never its type.
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

/** Whether a worker can take up other options without being started again: only its components have changed. */
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
