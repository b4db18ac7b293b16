import type { OutgoingMessage } from '../sinks/sink.ts';
import type { ChangeMessage, SourceMessage } from '../sources/source-message.ts';
import type { RouteOptions } from './route-options.ts';

/** A message, and the sink that it goes to. */
export interface Routed {
  readonly sink: string;
  readonly message: OutgoingMessage;
}

/**
 * Decides what becomes of messages: any number of outgoing ones for each, in the order of the messages. It is called with all that have arrived
 * together, so that a function in SQL is called once for them. A message that cannot be formatted becomes one with a `refusal`.
 *
 * @throws only what is lost and comes back, such as the connection to PostgreSQL: the messages then come again.
 */
export interface Routing {
  route(messages: readonly SourceMessage[]): readonly Routed[] | Promise<readonly Routed[]>;
}

/** The routing of a configuration. */
export function createRouting(routes: readonly RouteOptions[]): Routing {
  return { route: (messages) => messages.flatMap((message) => routes.flatMap((route) => routed(message, route))) };
}

function routed(message: SourceMessage, route: RouteOptions): Routed[] {
  if (message.source !== route.from) return [];
  if (message.kind === 'change' && 'transaction' in message.change && !('table' in message.change)) return [];
  const values = valuesOf(message);
  const payload = message.kind === 'change' ? rowText(message) : message.payload;
  const outgoing = {
    id: message.id,
    channel: message.channel,
    payload,
    size: Buffer.byteLength(payload),
    refusal: message.refusal,
    destination: filled(route.destination, values),
    key: filled(route.key, values),
    orderKey: '',
    contentType: message.kind === 'change' ? 'application/json' : 'text/plain',
    headers: {},
    origin: message,
  };
  return [{ sink: route.to, message: outgoing }];
}

function valuesOf({ channel, ...message }: SourceMessage): Readonly<Record<string, string>> {
  if (message.kind !== 'change' || !('table' in message.change)) return { channel };
  const { table, kind } = message.change;
  return { channel, schema: table.schema, table: table.table, action: kind };
}

function rowText({ change }: ChangeMessage): string {
  if (!('table' in change) || change.kind === 'too_large') return '';
  const values = change.new ?? change.old ?? change.key ?? [];
  return JSON.stringify(Object.fromEntries(change.table.columns.map(({ name }, index) => [name, values[index]])));
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}
