/**
 * A component owns named parts, such as "database", "session", "server" or "broker orders", and keeps them open until it is told to stop.
 *
 * - A part is opened, used until it is lost, and opened again after a pause. The pauses grow until the part has done useful work.
 * - The component is `running` while all its parts are ready, and `reconnecting` after the loss of one.
 * - A part that depends on another one is used inside the use of that, and goes with it (`use`). Parts that do not are kept side by side (`keep`, `keepWhile`).
 * - `stop()` lets every use finish what is under way. After `drain` milliseconds what is still open is destroyed.
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

/** What a component may be given besides its configuration. */
export interface ComponentEnvironment {
  /** Where it logs. Default: standard error, in readable lines on a terminal, else in JSON. */
  readonly log?: Logger;
  /** Where it registers its metrics. Default: nowhere. */
  readonly metrics?: Metrics;
}

/** The base class of all components. */
export abstract class Component<Configuration, Status extends ComponentStatus> implements AsyncDisposable {
  /** The configuration, checked and frozen. */
  readonly configuration: Configuration;
  /** The log of this component. */
  protected readonly log: Logger;
  /** What it waits for in PostgreSQL; the status shows it. */
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
   * Starts the component. It resolves when everything works: what the database needs is installed, and all connections are open;
   * or when it stands by, because another instance serves already. While PostgreSQL or the router cannot be reached, it waits.
   *
   * @example
   * ```ts
   * await component.start();
   * console.log(component.status().state); // running
   * ```
   *
   * @throws an error that waiting cannot fix, for example a wrong password or a missing schema; then `start()` may be called again.
   *   `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#lifeCycle.start();
  }

  /**
   * Finishes what is under way, and closes everything. What has not finished after `drain` milliseconds is given up.
   * Then `start()` may be called again.
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
   * What `JSON.stringify` shows of the component: the configuration without secrets.
   *
   * @example
   * ```ts
   * console.log(JSON.stringify(component)); // {"configuration":{"realm":"realm1",…}}
   * ```
   */
  toJSON(): object {
    return { configuration: withoutSecrets(this.configuration) };
  }

  /** The same for `console.log`. */
  [inspect.custom](_depth: number, options: object, show: typeof inspect): string {
    return `${this.constructor.name} ${show(this.toJSON(), options)}`;
  }

  /**
   * Registers the metrics of the component in a registry that was not there when it was made.
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

  /** Stops the component, and takes its metrics out of the registry: `await using component = new …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const unregister of this.#unregister) unregister();
  }

  /** The status fields that all components have. */
  protected get life(): ComponentStatus {
    return { ...this.#lifeCycle.status, waitsFor: this.waits.blockers };
  }

  /** Adds a part; see {@link Part}. */
  protected part<Open extends OpenPart>(
    name: string,
    open: (until: AbortSignal) => Promise<Open>,
    options?: PartOptions,
  ): Part<Open> {
    return this.#lifeCycle.part(name, open, options);
  }

  /**
   * Registers what the status shows as metrics; to be called at the end of the constructor.
   *
   * @param labels what tells parts of the component apart, where each has these metrics.
   */
  protected expose(metrics: ComponentMetrics, labels: Labels = {}): void {
    const exposed = { metrics, labels: { ...this.#labels, ...labels } };
    this.#exposed.push(exposed);
    if (this.#metrics) this.#unregister.push(registerMetrics(this.#metrics, exposed.labels, metrics));
  }

  /** Keeps the parts open until `stop` aborts. It throws only what retrying cannot fix. */
  protected abstract run(context: RunContext): Promise<void>;
}
