import { Component, type Life } from './component.ts';
import { defaultLogger, type Logger } from './log.ts';
import { type ComponentGauges, type Metrics, metricsFor } from './metrics.ts';
import type { ComponentStatus } from './status.ts';

/** What a component may be given besides its configuration. */
export interface ComponentEnvironment {
  /** Where it logs; JSON lines on standard error if left out. */
  readonly log?: Logger;
  /** Where it registers its metrics; nowhere if left out. */
  readonly metrics?: Metrics;
}

/** What Publisher, Subscriber, Callee and Caller are to who uses them. */
export abstract class WampComponent<Configuration extends { readonly realm: string }, Status extends ComponentStatus>
  implements AsyncDisposable
{
  /** The configuration, checked and frozen. */
  readonly configuration: Configuration;
  readonly #component: Component;
  readonly #unregister: () => void;

  /** @param name what it is called in the log. */
  protected constructor(name: string, configuration: Configuration, environment: ComponentEnvironment) {
    const { log = defaultLogger(), metrics } = environment;
    const { realm } = configuration;
    const ownLog = log.child({ component: name, realm });
    this.configuration = configuration;
    this.#component = new Component((life) => this.serve(life, ownLog), ownLog);
    this.#unregister = metrics ? metricsFor(metrics, realm, this.metrics()) : () => undefined;
  }

  /**
   * Resolves when everything works: what the database needs is installed, it is connected and has joined; or when it stands by for another
   * one that serves already. While PostgreSQL or the router cannot be reached it keeps trying.
   *
   * @throws an error that trying again cannot mend, such as `SchemaMissingError`; `StoppedError` if it was stopped before.
   */
  start(): Promise<void> {
    return this.#component.start();
  }

  /** Finishes what is in flight, and closes everything. */
  async stop(): Promise<void> {
    await this.#component.stop();
  }

  /** How it is. */
  abstract status(): Status;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#unregister();
  }

  /** Where it is in its life. */
  protected get life(): ComponentStatus {
    return this.#component.status;
  }

  /** Serves once; see {@link Component}. */
  protected abstract serve(life: Life, log: Logger): Promise<void>;

  /** What its status tells, as metrics. */
  protected abstract metrics(): ComponentGauges;
}
