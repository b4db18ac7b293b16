import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { component, type Logger, type Metrics } from '@pgwamp/core/internal/component';
import type { Session } from '@pgwamp/core/internal/wamp';
import type { AcknowledgedPublication } from '@pgwamp/publisher';
import * as z from 'zod';
import { ComponentClassError } from '../errors.ts';

/** The interface of a component for its worker, independent of its class. */
export interface NodeComponent {
  /** Resolves when the component works. */
  start(): Promise<void>;
  /** Completes work in flight and closes everything. */
  stop(): Promise<void>;
  /** The state of the component; without this method, `running` is assumed. */
  status?(): { readonly state: string };
  /** Finds one of the last publications; only a Publisher has this method. */
  findPublication?(key: string): AcknowledgedPublication | undefined;
  /** Registers metrics on request; the components of pgwamp have this method. */
  exposeTo?(registry: Metrics): void;
  /** Called after the last `stop()`, when the component is no longer needed. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** The environment of a component besides its configuration. */
export interface NodeEnvironment {
  readonly log: Logger;
  /** The registry of metrics, which the admin endpoint exposes. */
  readonly metrics: Metrics;
  /** Joins the realm of the component with its transport. */
  join(): Promise<Session>;
}

/**
 * The class of a component. Its argument is the configuration: `realm`, `transport`, `authentication` or `role`, and
 * `extra`.
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

/** A loaded component class. */
export interface ComponentClass {
  /** The schema of its whole configuration. */
  readonly configuration: z.ZodObject;
  readonly component: ComponentConstructor;
}

/** A component class that is part of pgwamp. */
interface BuiltInClass {
  /** The recommended name, and its aliases. */
  readonly names: readonly [string, ...string[]];
  readonly description: string;
  load(): Promise<ComponentClass>;
}

/** Loaded on demand: a node loads only the classes that it runs. */
const builtIn: readonly BuiltInClass[] = [
  {
    names: ['pgwamp.Publisher', 'crossbar.adapter.postgres.PostgreSQLPublisher'],
    description: 'publishes as WAMP events the publications of SQL with crossbar.publish',
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
    description: 'sends NOTIFY, topics and row changes to WebSockets and server-sent events',
    load: async () => {
      const { Gateway, gatewayConfiguration } = await import('@pgwamp/gateway');
      return { component: Gateway, configuration: gatewayConfiguration };
    },
  },
];

/** The names of all classes of pgwamp. */
export const classnames: readonly string[] = builtIn.flatMap(({ names }) => names);

/** `./file.js:Export`, with an absolute path, or a path relative to the folder of the configuration. */
export const customClassname = /^(?<file>\.{0,2}\/.+\.[cm]?[jt]s):(?<name>[A-Za-z_$][\w$]*)$/;

/** Whether `classname` is a class of pgwamp, or a class in a file. */
export function isClassname(classname: string): boolean {
  return classnames.includes(classname) || customClassname.test(classname);
}

/** All classes of pgwamp, loaded, for the JSON Schema. */
export async function allClasses() {
  return Promise.all(builtIn.map(async ({ names, description, load }) => ({ names, description, ...(await load()) })));
}

/**
 * Loads a class.
 *
 * @param folder the folder that the path of a file is relative to.
 * @throws `ComponentClassError` if the class does not exist.
 */
export async function loadClass(classname: string, folder: string): Promise<ComponentClass> {
  const known = builtIn.find(({ names }) => names.includes(classname));
  if (known) return known.load();
  const { file = '', name = '' } = customClassname.exec(classname)?.groups ?? {};
  return { component: await importExport(resolve(folder, file), name), configuration: custom };
}

/** The form of `extra` of a user's component is unknown here. */
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
