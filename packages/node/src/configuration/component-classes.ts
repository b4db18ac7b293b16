import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { component, type Logger, type Metrics } from '@pgwamp/core/internal/component';
import type { Session } from '@pgwamp/core/internal/wamp';
import type { AcknowledgedPublication } from '@pgwamp/publisher';
import * as z from 'zod';
import { ComponentClassError } from '../errors.ts';

/** What a worker does with a component, whatever its class is. */
export interface NodeComponent {
  /** Resolves when the component works. */
  start(): Promise<void>;
  /** Finishes what is in flight and closes everything. */
  stop(): Promise<void>;
  /** The state of the component; `running` is assumed of one without this method. */
  status?(): { readonly state: string };
  /** One of the last publications; only a Publisher has them. */
  findPublication?(key: string): AcknowledgedPublication | undefined;
  /** Registers metrics when somebody asks for them; ours have it. */
  exposeTo?(registry: Metrics): void;
  /** Called after the last `stop()`, by which time nothing of the component is needed any more. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** What a component is given besides its configuration. */
export interface NodeEnvironment {
  readonly log: Logger;
  /** Metrics that are registered here appear at the admin endpoint. */
  readonly metrics: Metrics;
  /** Joins the realm of the component by its transport. */
  join(): Promise<Session>;
}

/**
 * A class of components. It is given its configuration: `realm`, `transport`, `authentication` or `role`, and `extra`.
 *
 * @example
 * ```js
 * export class Greeter {
 *   constructor({ extra }, { join }) {
 *     this.greeting = extra.greeting;
 *     this.join = join;
 *   }
 *   async start() {
 *     this.session = await this.join();
 *     await this.session.register('com.example.greet', ([name]) => `${this.greeting} ${name}`);
 *   }
 *   async stop() {
 *     await this.session?.leave();
 *   }
 * }
 * ```
 */
export type ComponentConstructor = new (configuration: never, environment: NodeEnvironment) => NodeComponent;

/** A class of components that is loaded. */
export interface ComponentClass {
  /** The schema of its whole configuration. */
  readonly configuration: z.ZodObject;
  readonly component: ComponentConstructor;
}

/** A class of components that comes with pgwamp. */
interface BuiltInClass {
  /** The name that we recommend, and those that mean the same. */
  readonly names: readonly [string, ...string[]];
  readonly description: string;
  load(): Promise<ComponentClass>;
}

/** Loaded by need: a node that publishes does not pay for what it does not run. */
const builtIn: readonly BuiltInClass[] = [
  {
    names: ['pgwamp.Publisher', 'crossbar.adapter.postgres.PostgreSQLPublisher'],
    description: 'publishes as WAMP events what SQL publishes with crossbar.publish',
    load: async () => {
      const { Publisher, publisherConfiguration } = await import('@pgwamp/publisher');
      return { component: Publisher, configuration: publisherConfiguration };
    },
  },
  {
    names: ['pgwamp.Subscriber', 'crossbar.adapter.postgres.PostgreSQLSubscriber'],
    description: 'runs the functions that SQL subscribes to topics with crossbar.subscribe',
    load: async () => {
      const { Subscriber, subscriberConfiguration } = await import('@pgwamp/subscriber');
      return { component: Subscriber, configuration: subscriberConfiguration };
    },
  },
  {
    names: ['pgwamp.Callee', 'crossbar.adapter.postgres.PostgreSQLCallee'],
    description: 'offers as WAMP procedures the functions that SQL registers with crossbar.register',
    load: async () => {
      const { Callee, calleeConfiguration } = await import('@pgwamp/callee');
      return { component: Callee, configuration: calleeConfiguration };
    },
  },
  {
    names: ['pgwamp.Caller', 'crossbar.adapter.postgres.PostgreSQLCaller'],
    description: 'lets SQL call WAMP procedures with crossbar.call',
    load: async () => {
      const { Caller, callerConfiguration } = await import('@pgwamp/caller');
      return { component: Caller, configuration: callerConfiguration };
    },
  },
  {
    names: ['pgwamp.Proxy'],
    description: 'sends NOTIFY, row changes and topics to message brokers and webhooks',
    load: async () => {
      const { Proxy: component, proxyConfiguration } = await import('@pgwamp/proxy');
      return { component, configuration: proxyConfiguration };
    },
  },
  {
    names: ['pgwamp.Gateway'],
    description: 'sends what NOTIFY, topics and row changes say to WebSockets and server-sent events',
    load: async () => {
      const { Gateway, gatewayConfiguration } = await import('@pgwamp/gateway');
      return { component: Gateway, configuration: gatewayConfiguration };
    },
  },
];

/** The names of all classes that come with pgwamp. */
export const classnames: readonly string[] = builtIn.flatMap(({ names }) => names);

/** `./file.js:Export`, with a path that is relative to the configuration's folder, or absolute. */
export const customClassname = /^(?<file>\.{0,2}\/.+\.[cm]?[jt]s):(?<name>[A-Za-z_$][\w$]*)$/;

/** Whether a component's `classname` names a class that comes with pgwamp, or one in a file. */
export function isClassname(classname: string): boolean {
  return classnames.includes(classname) || customClassname.test(classname);
}

/** Every class that comes with pgwamp, loaded, for the JSON Schema. */
export async function allClasses() {
  return Promise.all(builtIn.map(async ({ names, description, load }) => ({ names, description, ...(await load()) })));
}

/**
 * Loads a class.
 *
 * @param folder what the path of a file is relative to.
 * @throws `ComponentClassError` if there is none.
 */
export async function loadClass(classname: string, folder: string): Promise<ComponentClass> {
  const known = builtIn.find(({ names }) => names.includes(classname));
  if (known) return known.load();
  const { file = '', name = '' } = customClassname.exec(classname)?.groups ?? {};
  return { component: await importExport(resolve(folder, file), name), configuration: custom };
}

/** Of the components that users write only they know `extra`. */
const custom = component.extend({ extra: z.unknown().optional() });

async function importExport(file: string, name: string): Promise<ComponentConstructor> {
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new ComponentClassError(`${file} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const found = module[name] as ComponentConstructor | undefined;
  if (typeof found !== 'function') {
    const exported = Object.keys(module).join(', ') || 'nothing';
    throw new ComponentClassError(`${file} does not export a class ${name}; it exports ${exported}`);
  }
  const missing = ['start', 'stop'].filter((method) => typeof found.prototype?.[method] !== 'function');
  if (missing.length === 0) return found;
  throw new ComponentClassError(`class ${name} of ${file} has no method ${missing.join(' and ')}`);
}
