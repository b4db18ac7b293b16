import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { databaseLabel, parseConfiguration } from '@pgwamp/config';
import { backoff, type Logger } from '@pgwamp/core/internal/component';
import { type JoinOptions, joinSession } from '@pgwamp/core/internal/wamp';
import { loadClass, type NodeComponent, type NodeEnvironment } from '../configuration/component-classes.ts';
import { type ComponentOptions, componentId } from '../configuration/component-schema.ts';
import { databaseOf } from '../configuration/databases.ts';
import type { ComponentReport, FoundPublication, MetricFamily } from './messages.ts';
import { RegistryByNeed } from './registry-by-need.ts';

/** The context that the components of a worker share. */
export interface ComponentsContext {
  /** The folder that relative paths refer to. */
  readonly folder: string;
  readonly log: Logger;
  /** The router of the same process, if there is one. */
  readonly router?: object | undefined;
}

/** A component of a worker, and its configuration. */
interface Entry {
  readonly id: string;
  readonly options: ComponentOptions;
  readonly component: NodeComponent;
  readonly stop: AbortController;
  /** Whether its metrics are in the registry. */
  isExposed: boolean;
  /** Whether its last start has failed. */
  hasFailed: boolean;
}

/** Interval in milliseconds between two checks of a component, and the pauses before a failed one is restarted. */
const watchInterval = 1000;
const pauses = { first: 1000, max: 60_000 };

/** The components of one worker process. */
export class Components {
  readonly #context: ComponentsContext;
  readonly #metrics = new RegistryByNeed();
  #entries: readonly Entry[] = [];
  #replaced: Promise<unknown> = Promise.resolve();

  constructor(context: ComponentsContext) {
    this.#context = context;
  }

  /**
   * Replaces the components: stops those that were removed or have changed, starts new ones, and leaves the others
   * alone. Resolves when all have started.
   *
   * @throws the error of the first component that cannot start; that component is retried.
   */
  async apply(options: readonly ComponentOptions[]): Promise<void> {
    // One change after the other, but without waiting until the components of the former one have started.
    const replaced = this.#replaced.then(() => this.#replace(options));
    this.#replaced = replaced.catch(() => undefined);
    const created = await replaced;
    await Promise.all(created.map(async (entry) => this.#start(await entry)));
  }

  /** Completes work in flight and closes everything. */
  async stop(): Promise<void> {
    await this.#replaced;
    await this.#stop(this.#entries);
  }

  /** Stops and forgets removed components, and creates new ones. A component that cannot be created rejects. */
  async #replace(options: readonly ComponentOptions[]): Promise<readonly Promise<Entry>[]> {
    const wanted = options.map((it, index) => ({ id: componentId(it, index), options: it }));
    const isWanted = (entry: Entry) => wanted.some((it) => isSame(it, entry));
    const gone = this.#entries.filter((entry) => !isWanted(entry));
    this.#entries = this.#entries.filter(isWanted);
    await this.#stop(gone);
    const fresh = wanted.filter((it) => !this.#entries.some((entry) => isSame(it, entry)));
    const created = fresh.map((it) => this.#create(it.id, it.options));
    const settled = await Promise.allSettled(created);
    const added = settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    this.#entries = [...this.#entries, ...added];
    return created;
  }

  /** The state of each component. */
  report(): ComponentReport[] {
    return this.#entries.map((entry) => {
      const { id, options, component } = entry;
      const { state: _, ...status } = component.status?.() ?? { state: 'running' };
      const database = databaseOf(options);
      return {
        id,
        classname: options.classname,
        realm: options.realm ?? '',
        ...(database && { database: databaseLabel(database) }),
        state: stateOf(entry),
        status: toPlain(status),
      };
    });
  }

  /** The metrics of all components; they are registered at the first call. */
  async metrics(): Promise<MetricFamily[]> {
    for (const entry of this.#entries) {
      if (!entry.isExposed) entry.component.exposeTo?.(this.#metrics.registry);
      entry.isExposed = true;
    }
    return (await this.#metrics.read()) as MetricFamily[];
  }

  /** Finds publications with these keys in the memory of the Publishers. */
  findPublications(keys: readonly string[]): FoundPublication[] {
    return this.#entries.flatMap(({ options, component }) =>
      keys.flatMap((key) => {
        const found = component.findPublication?.(key);
        return found ? [{ ...found, realm: options.realm ?? '' }] : [];
      }),
    );
  }

  async #create(id: string, options: ComponentOptions): Promise<Entry> {
    const { folder, log, router } = this.#context;
    const metrics = this.#metrics;
    const { component: Component, configuration: schema } = await loadClass(options.classname, folder);
    const { id: _, ...own } = options;
    const joining = router && 'transport' in schema.shape ? { transport: { type: 'memory', router } } : {};
    // No variables are replaced, since the node has already done so: a password may look like one.
    const configuration = parseConfiguration(schema, { ...own, ...joining }, null);
    const ownLog = log.child({ id });
    const onError = (error: unknown, message: string) => ownLog.error({ err: error }, message);
    const join = () => joinSession({ ...(configuration as unknown as JoinOptions), onError });
    // Components of pgwamp register their metrics on request; a user's component may do so at any time.
    const isOurs = 'exposeTo' in Component.prototype;
    const environment = {
      log: ownLog,
      join,
      get metrics() {
        return isOurs ? undefined : metrics.registry;
      },
    };
    const component = new Component(configuration as never, environment as NodeEnvironment);
    return { id, options, component, stop: new AbortController(), isExposed: false, hasFailed: false };
  }

  async #start(entry: Entry): Promise<void> {
    try {
      await entry.component.start();
    } catch (error) {
      entry.hasFailed = true;
      // It was stopped by a change of the configuration before it had started.
      if (!entry.stop.signal.aborted) throw error;
    } finally {
      void this.#watch(entry);
    }
  }

  async #stop(entries: readonly Entry[]): Promise<void> {
    for (const { stop } of entries) stop.abort();
    await Promise.all(
      entries.map(async ({ component }) => {
        await component.stop();
        // Components of pgwamp remove their metrics from the registry.
        await component[Symbol.asyncDispose]?.();
      }),
    );
  }

  /** Restarts a component that has given up. */
  async #watch(entry: Entry): Promise<void> {
    const { id, component, stop } = entry;
    const { signal } = stop;
    const pause = backoff(pauses);
    while (!signal.aborted) {
      await sleep(watchInterval, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      if (stateOf(entry) !== 'stopped') {
        pause.reset();
        continue;
      }
      await pause.wait(signal);
      this.#context.log.warn('component %s has stopped: starting it again', id);
      await component.stop();
      if (signal.aborted) return;
      entry.hasFailed = await component.start().then(
        () => false,
        (error: Error) => {
          // Components of pgwamp have logged it.
          if (!component.status) this.#context.log.error('component %s cannot start: %s', id, error.message);
          return true;
        },
      );
    }
  }
}

/** The state of a component; one without a state works unless its start has failed. */
function stateOf({ component, hasFailed }: Entry): string {
  return component.status?.().state ?? (hasFailed ? 'stopped' : 'running');
}

function isSame(
  one: { id: string; options: ComponentOptions },
  other: { id: string; options: ComponentOptions },
): boolean {
  return one.id === other.id && isDeepStrictEqual(one.options, other.options);
}

/** Converts a status to data that can be sent to the node: of errors only code and message. */
function toPlain(status: object): Record<string, unknown> {
  const text = JSON.stringify(status, (_key, value) => {
    if (typeof value === 'bigint') return String(value);
    return value instanceof Error ? { code: (value as { code?: string }).code, message: value.message } : value;
  });
  return JSON.parse(text);
}
