/**
 * A component owns named parts, such as "database", "session", "server" or "broker orders", and keeps them open until
 * `stop()`.
 *
 * - A part is opened, used until it is lost, and opened again after a pause. The pauses grow until the part has done
 *   useful work.
 * - The component is `running` while all its parts are ready, and `reconnecting` after the loss of one.
 * - A part that depends on another part is opened inside the use of that part, and closed with it (`use`). Independent
 *   parts are kept open side by side (`keep`, `keepWhile`).
 * - `stop()` lets every use finish its current work. After `drain` milliseconds, everything that is still open is
 *   destroyed.
 *
 * @example
 * ```ts
 * class Gateway extends Component<GatewayConfiguration, GatewayStatus> {
 *   readonly #database = this.part('database', () => Notifications.open(this.configuration.extra.database));
 *   readonly #server = this.part('server', () => Server.listen(this.configuration.extra.endpoint));
 *
 *   protected async run({ stop }: RunContext): Promise<void> {
 *     const serve = (failed: AbortSignal) => this.#server.keep(stayOpen, AbortSignal.any([stop, failed]));
 *     await this.#database.keepWhile((database, { until, ready }) => fanOut(database, until, ready), serve);
 *   }
 * }
 * ```
 *
 * @module
 */
import { inspect } from 'node:util';
import { withoutSecrets } from '@pgwamp/config';
import type { Identity, OpenPart, RunContext } from './context.ts';
import { LifeCycle, type LifeCycleOptions } from './life-cycle.ts';
import { defaultLogger, type Logger } from './log.ts';
import { type ComponentMetrics, type Labels, type Metrics, registerMetrics } from './metrics.ts';
import type { Part, PartOptions } from './part.ts';
import type { ComponentStatus } from './status.ts';
import { Waits } from './waits.ts';

/** Optional dependencies of a component. */
export interface ComponentEnvironment {
  /** The logger. Default: standard error, with readable lines on a terminal and JSON elsewhere. */
  readonly log?: Logger;
  /** The registry for the metrics. Default: none. */
  readonly metrics?: Metrics;
}

/** The base class of all components. */
export abstract class Component<Configuration, Status extends ComponentStatus> implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: Configuration;
  /** The logger of this component. */
  protected readonly log: Logger;
  /** The sessions and transactions in PostgreSQL that the component waits for. The status shows them. */
  protected readonly waits: Waits;
  readonly #lifeCycle: LifeCycle;
  readonly #labels: Identity['labels'];
  readonly #metrics: Metrics | undefined;
  readonly #exposed: { readonly metrics: ComponentMetrics; readonly labels: Labels }[] = [];
  readonly #unregister: (() => void)[] = [];

  protected constructor(
    { name, labels }: Identity,
    configuration: Configuration,
    options: LifeCycleOptions,
    { log = defaultLogger(), metrics }: ComponentEnvironment,
  ) {
    this.configuration = configuration;
    this.log = log.child({ component: name, ...labels });
    this.waits = new Waits(this.log);
    this.#labels = labels;
    this.#metrics = metrics;
    this.#lifeCycle = new LifeCycle((context) => this.run(context), this.log, options);
  }

  /**
   * Starts the component. The promise resolves when the schema is installed and all connections are open, or when the
   * component is standby because another instance serves already. While PostgreSQL or the router cannot be reached, it
   * waits.
   *
   * @example
   * ```ts
   * await component.start();
   * console.log(component.status().state); // running
   * ```
   *
   * @throws an error that waiting cannot fix, for example a wrong password or a missing schema. After such an error,
   *   `start()` may be called again. `StoppedError` if `stop()` was called first.
   */
  start(): Promise<void> {
    return this.#lifeCycle.start();
  }

  /**
   * Finishes the current work and closes all connections. Work that has not finished after `drain` milliseconds is
   * canceled. After that, `start()` may be called again.
   *
   * @example
   * ```ts
   * process.once('SIGTERM', () => component.stop());
   * ```
   */
  stop(): Promise<void> {
    return this.#lifeCycle.stop();
  }

  /** A snapshot of the component's state and counters. */
  abstract status(): Status;

  /**
   * The JSON form of the component: its configuration without secrets.
   *
   * @example
   * ```ts
   * console.log(JSON.stringify(component)); // {"configuration":{"realm":"realm1",…}}
   * ```
   */
  toJSON(): object {
    return { configuration: withoutSecrets(this.configuration) };
  }

  /** The form for `console.log`, without secrets. */
  [inspect.custom](_depth: number, options: object, show: typeof inspect): string {
    return `${this.constructor.name} ${show(this.toJSON(), options)}`;
  }

  /**
   * Registers the metrics of the component in another registry, after the component was created.
   *
   * @example
   * ```ts
   * const registry = new Registry();
   * component.exposeTo(registry);
   * console.log(await registry.metrics());
   * ```
   */
  exposeTo(registry: Metrics): void {
    for (const { metrics, labels } of this.#exposed) this.#unregister.push(registerMetrics(registry, labels, metrics));
  }

  /** Stops the component and unregisters its metrics: `await using component = new …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const unregister of this.#unregister) unregister();
  }

  /** The status fields common to all components. */
  protected get life(): ComponentStatus {
    return { ...this.#lifeCycle.status, waitsFor: this.waits.blockers };
  }

  /** Adds a part. See {@link Part}. */
  protected part<Open extends OpenPart>(
    name: string,
    open: (until: AbortSignal) => Promise<Open>,
    options?: PartOptions,
  ): Part<Open> {
    return this.#lifeCycle.part(name, open, options);
  }

  /**
   * Registers status values as metrics. Called at the end of the constructor.
   *
   * @param labels distinguish parts of the component that have the same metrics.
   */
  protected expose(metrics: ComponentMetrics, labels: Labels = {}): void {
    const exposed = { metrics, labels: { ...this.#labels, ...labels } };
    this.#exposed.push(exposed);
    if (this.#metrics) this.#unregister.push(registerMetrics(this.#metrics, exposed.labels, metrics));
  }

  /** Keeps the parts open until `stop` aborts. Throws only errors that retrying cannot fix. */
  protected abstract run(context: RunContext): Promise<void>;
}
