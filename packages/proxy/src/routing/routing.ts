import type { WalTable } from '@pgwamp/core/internal/sources';
import { isOfTable } from '../formats/change.ts';
import { type FormatContext, type FormatOptions, Formats } from '../formats/format-options.ts';
import type { OutgoingMessage } from '../sinks/sink.ts';
import type { SourceMessage } from '../sources/source-message.ts';
import type { NamedFunctions } from './named-functions.ts';
import { PatternTree, tableParts } from './pattern-tree.ts';
import { type Item, isNumbered, itemsOf, numbered, Route } from './route.ts';
import type { RouteOptions } from './route-options.ts';
import { type FunctionResult, type FunctionSessions, RoutingFunction } from './routing-function.ts';

/** A message and its sink. */
export interface Routed {
  readonly sink: string;
  readonly message: OutgoingMessage;
}

/**
 * Routes messages: any number of outgoing messages for each, in order. It is called with all messages that have arrived
 * together, so that an SQL function is called once for them. A message that cannot be formatted becomes one with a
 * `refusal`.
 *
 * @throws only temporary losses, such as the connection to PostgreSQL: the messages are then repeated.
 */
export interface Routing {
  route(messages: readonly SourceMessage[]): readonly Routed[] | Promise<readonly Routed[]>;
}

/** The dependencies of routes. */
export interface RoutingContext extends FormatContext, FunctionSessions {
  /** The kind of each source and each sink, by name. */
  readonly sources: Readonly<Record<string, { readonly kind: string }>>;
  readonly sinks: Readonly<Record<string, { readonly kind: string }>>;
  readonly functions: NamedFunctions;
}

/** The routes of one source. */
interface SourceRoutes {
  readonly byTable: PatternTree<Route>;
  readonly byChannel: PatternTree<Route>;
  /** Routes whose format writes transaction borders and logical messages. */
  readonly whole: readonly Route[];
}

/** Creates the routing of a configuration. Routes with version 1 of wal2json buffer a transaction. */
export function createRouting(routes: readonly RouteOptions[], context: RoutingContext): Routing {
  return new Router(routes, context);
}

type FunctionResults = ReadonlyMap<Route, ReadonlyMap<Item, FunctionResult>>;

/** Splits a channel or a topic at its dots. */
const channelParts = (name: string) => name.split('.');

/** The messages that routes have made of source messages. */
class RoutedMessages {
  readonly all: Routed[] = [];
  /** The id of the last source message, and the index of its first outgoing message. */
  #id = '';
  #first = 0;

  /** The number of messages that a sink already gets for an item, through other routes or another source. */
  numberFor(sink: string, { id, message }: Item): number {
    if (message.id !== this.#id) {
      this.#id = message.id;
      this.#first = this.all.length;
    }
    let number = 0;
    for (let index = this.#first; index < this.all.length; index += 1) {
      const other = this.all[index];
      if (other?.sink === sink && isNumbered(other.message.id, id)) number += 1;
    }
    return number;
  }
}

class Router implements Routing {
  readonly #sources = new Map<string, SourceRoutes>();
  readonly #formats: Formats;
  readonly #hasFunctions: boolean;
  /** The cached routes of a table; a changed table has a new object. */
  readonly #tables = new WeakMap<WalTable, Map<string, readonly Route[]>>();

  constructor(routes: readonly RouteOptions[], context: RoutingContext) {
    this.#formats = new Formats(context);
    const compiled = routes.map((options) => compile(options, this.#formats, context));
    this.#hasFunctions = routes.some((options) => options.function !== undefined);
    for (const name of new Set(routes.map(({ from }) => from))) {
      const own = compiled.filter(({ options }) => options.from === name);
      this.#sources.set(name, sourceRoutes(own));
    }
  }

  route(messages: readonly SourceMessage[]): readonly Routed[] | Promise<readonly Routed[]> {
    const preparing = this.#prepare(messages);
    if (preparing || this.#hasFunctions) return this.#routeSlowly(messages, preparing);
    const routed = new RoutedMessages();
    for (const message of messages) for (const item of itemsOf(message)) this.#add(routed, item);
    return routed.all;
  }

  #add(routed: RoutedMessages, item: Item, results?: FunctionResults): void {
    for (const route of this.#routesOf(item)) {
      if (!route.takes(item)) continue;
      const sink = route.options.to;
      const number = routed.numberFor(sink, item);
      const result = results?.get(route)?.get(item);
      const made = result ? route.makeFrom(item, number, result) : route.make(numbered(item, number));
      if (Array.isArray(made)) for (const message of made) routed.all.push({ sink, message });
      else if (made) routed.all.push({ sink, message: made });
    }
  }

  async #routeSlowly(
    messages: readonly SourceMessage[],
    preparing: Promise<void> | undefined,
  ): Promise<readonly Routed[]> {
    await preparing;
    const items = messages.flatMap(itemsOf);
    const results = await this.#callFunctions(items);
    const routed = new RoutedMessages();
    for (const item of items) this.#add(routed, item, results);
    return routed.all;
  }

  /** Calls each function once, with all messages that take its route. */
  async #callFunctions(items: readonly Item[]): Promise<FunctionResults> {
    const results = new Map<Route, ReadonlyMap<Item, FunctionResult>>();
    const calls = new Map<Route, Item[]>();
    for (const item of items) {
      if (item.message.refusal) continue;
      for (const route of this.#routesOf(item)) {
        if (!route.function || !route.takes(item)) continue;
        const own = calls.get(route);
        if (own) own.push(item);
        else calls.set(route, [item]);
      }
    }
    for (const [route, own] of calls) {
      const answers = (await route.function?.call(own.map((item) => this.#argumentOf(item)))) ?? [];
      results.set(route, new Map(own.map((item, index) => [item, answers[index] ?? []])));
    }
    return results;
  }

  /** Reads the missing data of tables; undefined if there are none. */
  #prepare(messages: readonly SourceMessage[]): Promise<void> | undefined {
    const pending: Promise<void>[] = [];
    for (const message of messages) {
      if (message.kind !== 'change') continue;
      const { change } = message;
      if (change.kind === 'truncate')
        for (const table of change.tables) this.#prepareTable(table, message.source, pending);
      else if ('table' in change) this.#prepareTable(change.table, message.source, pending);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => undefined) : undefined;
  }

  #prepareTable(table: WalTable, source: string, pending: Promise<void>[]): void {
    if (this.#tables.get(table)?.has(source)) return;
    const lookups = this.#routesOfTable(table, source).flatMap((route) => [
      route.prepare(table) ?? [],
      (route.function && this.#formats.rows.prepare(table)) ?? [],
    ]);
    pending.push(...lookups.flat());
  }

  #routesOf({ message, channel, change, values }: Item): readonly Route[] {
    if (isOfTable(change)) return this.#routesOfTable(change.table, message.source);
    const routes = this.#sources.get(message.source);
    if (!routes) return [];
    const { schema, table } = values;
    if (schema !== undefined && table !== undefined) return routes.byTable.find([schema, table]);
    return change || message.kind === 'wal2json' ? routes.whole : routes.byChannel.find(channelParts(channel));
  }

  #routesOfTable(table: WalTable, source: string): readonly Route[] {
    const known = this.#tables.get(table)?.get(source);
    if (known) return known;
    const routes = this.#sources.get(source)?.byTable.find([table.schema, table.table]) ?? [];
    const bySource = this.#tables.get(table) ?? new Map<string, readonly Route[]>();
    this.#tables.set(table, bySource.set(source, routes));
    return routes;
  }

  /** The argument of a function: a change in the format `row`, any other message with its text. */
  #argumentOf({ id, channel, payload, change, message }: Item): string {
    if (change) return this.#formats.rows.write({ id, channel, payload, change })?.payload ?? 'null';
    const { source, kind } = message;
    if (message.kind === 'topic') {
      const content = `"args":${message.args || '[]'},"kwargs":${message.kwargs || '{}'}`;
      return `{"id":${JSON.stringify(id)},"source":${JSON.stringify(source)},"topic":${JSON.stringify(channel)},${content}}`;
    }
    const key = kind === 'channel' ? message.key : '';
    return JSON.stringify({ id, source, channel, key, payload: payload.toString() });
  }
}

function compile(options: RouteOptions, formats: Formats, context: RoutingContext): Route {
  const { sources, sinks } = context;
  const isOfLog = sources[options.from]?.kind === 'wal';
  const format: FormatOptions = options.format ?? { type: isOfLog ? 'row' : 'raw' };
  const named = context.functions.get(options.function ?? '');
  const routingFunction = named && new RoutingFunction(context, named, options.function_timeout);
  return new Route(options, formats.make(format, options.from, sinks[options.to]?.kind ?? ''), routingFunction);
}

function sourceRoutes(routes: readonly Route[]): SourceRoutes {
  const entries = (patterns: (route: Route) => readonly (readonly string[])[]) =>
    routes.flatMap((route) => patterns(route).map((parts) => ({ parts, target: route })));
  return {
    byTable: new PatternTree(entries(({ options }) => (options.tables ?? ['*.*']).map(tableParts))),
    byChannel: new PatternTree(entries(({ options }) => (options.channels ?? ['*']).map(channelParts))),
    whole: routes.filter(({ options }) => typeof options.format === 'object' && options.format.type === 'wal2json'),
  };
}
