import { Refused } from '@pgwamp/core';
import type { WalTable } from '@pgwamp/core/internal/sources';
import { actionOf, type Change, changesOf, type Formattable, isOfTable } from '../formats/change.ts';
import type { Content, Format } from '../formats/format.ts';
import type { OutgoingMessage } from '../sinks/sink.ts';
import { tableKeyOf } from '../sources/row-keys.ts';
import type { Origin, SourceMessage } from '../sources/source-message.ts';
import type { RouteOptions } from './route-options.ts';
import type { FunctionRow, RoutingFunction } from './routing-function.ts';
import { Template, type TemplateValues } from './template.ts';

/** The view of a message for routes. A truncation of several tables becomes one item per table. */
export interface Item extends Formattable {
  readonly message: SourceMessage;
  readonly values: TemplateValues;
}

/** Converts a message to items. */
export function itemsOf(message: SourceMessage): Item[] {
  const change = message.kind === 'change' ? message.change : undefined;
  if (change?.kind !== 'truncate') return [itemOf(message, message.id, change)];
  const changes = changesOf(change);
  return changes.map((change, index) => itemOf(message, index === 0 ? message.id : `${message.id}/${index}`, change));
}

function itemOf(message: SourceMessage, id: string, change: Change | undefined): Item {
  const { schema, table, action } = tableOf(message, change) ?? noTable;
  const channel = table === undefined ? message.channel : `${schema}.${table}`;
  const its = isOfTable(change) ? change : undefined;
  const values = { id, source: message.source, channel, key: keyOf(message), schema, table, action, change: its };
  return { id, channel, payload: message.payload, change, message, values };
}

/**
 * The item as a further message for the same sink. Its id differs, because a broker that drops repeats (JetStream, FIFO
 * queues) would drop the message otherwise.
 */
export function numbered(item: Item, number: number): Item {
  if (number === 0) return item;
  const id = `${item.id}.${number}`;
  return { ...item, id, values: { ...item.values, id } };
}

/** Whether an id is that of an item, with or without a number. */
export function isNumbered(id: string, own: string): boolean {
  return id === own || id.startsWith(`${own}.`);
}

interface NamedTable {
  readonly schema: string;
  readonly table: string;
  readonly action: string;
}

const noTable: Partial<NamedTable> = {};

/** The table of a message. A wal2json line of version 2 contains it in its JSON. */
function tableOf(message: SourceMessage, change: Change | undefined): NamedTable | undefined {
  if (isOfTable(change)) return { schema: change.table.schema, table: change.table.table, action: actionOf(change) };
  if (message.kind !== 'wal2json' || message.refusal) return undefined;
  const [, letter = ''] = /^\{"action":"([IUDT])"/.exec(message.payload) ?? [];
  const action = actions[letter];
  if (action === undefined) return undefined;
  const { schema = 'public', table }: { schema?: string; table: string } = JSON.parse(message.payload);
  return { schema, table, action };
}

const actions: Readonly<Record<string, string>> = { I: 'insert', U: 'update', D: 'delete', T: 'truncate' };

/** The key of a row consists of its values, without the table. */
function keyOf(message: SourceMessage): string {
  if (message.kind === 'channel') return message.key;
  if (message.kind !== 'change') return '';
  const end = message.rowKey.indexOf('\n');
  return end < 0 ? '' : message.rowKey.slice(end + 1).replaceAll('\n', '|');
}

/** A copy, so that the row of the message need not stay in memory until the broker has confirmed it. */
function originOf({ source, committedAt, receivedAt, position }: SourceMessage): Origin {
  return { source, committedAt, receivedAt, position };
}

const noHeaders: OutgoingMessage['headers'] = Object.freeze({});

/** A compiled route: converts messages for its sink. */
export class Route {
  readonly options: RouteOptions;
  readonly function: RoutingFunction | undefined;
  readonly #format: Format;
  readonly #isStream: boolean;
  readonly #actions: ReadonlySet<string> | undefined;
  readonly #destination: Template;
  readonly #key: Template;
  readonly #order: Template | undefined;
  readonly #headers: readonly (readonly [string, Template])[];

  constructor(options: RouteOptions, format: Format, routingFunction: RoutingFunction | undefined) {
    this.options = options;
    this.function = routingFunction;
    this.#format = format;
    this.#isStream = options.format?.type === 'wal2json';
    this.#actions = options.actions && new Set(options.actions);
    this.#destination = Template.compile(options.destination);
    this.#key = Template.compile(options.key);
    this.#order = options.order === undefined ? undefined : Template.compile(options.order);
    this.#headers = Object.entries(options.headers).map(([name, text]) => [name, Template.compile(text)]);
  }

  /** Reads the data of a table that the format requires; undefined if there is nothing to read. */
  prepare(table: WalTable): Promise<void> | undefined {
    return this.#format.prepare?.(table);
  }

  /** Whether the route selects the action of a change. */
  takes({ values: { action } }: Item): boolean {
    return !this.#actions || action === undefined || this.#actions.has(action);
  }

  /** Creates the message for the broker; undefined if the format writes nothing for it. */
  make(item: Item): OutgoingMessage | undefined {
    if (item.message.refusal) return this.#refused(item, item.message.refusal);
    const content = this.#write(item);
    return content && this.#outgoing(item, content, {});
  }

  /** A message that a format cannot write is refused: it would stop all others if the error was thrown. */
  #write(item: Item): Content | undefined {
    try {
      return this.#format.write(item);
    } catch (error) {
      const reason = `the format cannot write it: ${(error as Error).message}`;
      const { payload } = item.message;
      const refusal = new Refused('malformed', reason, { cause: error });
      return { payload: payload.toString(), contentType: 'text/plain', refusal };
    }
  }

  /**
   * Creates the messages for the rows that the function returned.
   *
   * @param number the number of messages that the sink already gets for the item.
   */
  makeFrom(item: Item, number: number, result: readonly FunctionRow[] | Refused): OutgoingMessage[] {
    if (result instanceof Refused) return [this.#refused(numbered(item, number), result)];
    // The unchanged payload is written once, for any number of rows.
    const isLeft = result.some(({ payload }) => payload === null);
    const written = isLeft ? this.#write(numbered(item, number)) : undefined;
    return result.flatMap((row, index) => {
      const own = numbered(item, number + index);
      if (row.payload !== null) {
        return this.#outgoing(own, { payload: row.payload, contentType: this.#contentTypeOf(row.payload) }, row);
      }
      return written ? this.#outgoing(own, written, row) : [];
    });
  }

  #outgoing(item: Item, content: Content, row: Partial<FunctionRow>): OutgoingMessage {
    const { id, values, message } = item;
    const { payload, refusal } = content;
    try {
      const key = row.key ?? this.#key.fill(values);
      return {
        id,
        channel: item.channel,
        payload,
        size: Buffer.byteLength(payload),
        refusal,
        destination: row.destination ?? this.#destination.fill(values),
        key,
        isAlone: this.#isAlone(item),
        orderKey: this.#orderOf(item),
        newOrderKey: this.#order ? undefined : this.#newOrderOf(item),
        contentType: this.options.content_type ?? content.contentType,
        headers: this.#headersOf(values, content, row),
        origin: originOf(message),
        progress: { state: 'ready' },
      };
    } catch (error) {
      if (error instanceof Refused) return this.#refused(item, error, payload);
      throw error;
    }
  }

  /** A message that cannot be sent records its destination, as far as it is known. */
  #refused(item: Item, refusal: Refused, payload = item.message.payload): OutgoingMessage {
    const [destination, key] = [this.#destination, this.#key].map((template) => filledOr(template, item.values));
    return {
      id: item.id,
      channel: item.channel,
      payload,
      size: item.message.size,
      refusal,
      destination: destination ?? '',
      key: key ?? '',
      isAlone: this.#isAlone(item),
      ...this.#orderOfRefused(item),
      contentType: this.options.content_type ?? 'text/plain',
      headers: noHeaders,
      origin: originOf(item.message),
      progress: { state: 'ready' },
    };
  }

  /**
   * A TRUNCATE concerns all rows of its table, so it has no other place among their changes. A large row without a known
   * key may be any of them.
   */
  #isAlone({ change, message }: Item): boolean {
    if (this.#isStream || message.kind !== 'change') return false;
    if (change?.kind === 'too_large') return message.rowKey === tableKeyOf(change.table);
    return change?.kind === 'truncate';
  }

  #orderOf(item: Item): string {
    return this.#order && !this.#isAlone(item) ? this.#order.fill(item.values) : this.#defaultOrder(item);
  }

  /** The order of a message that is refused, which may have no value for the template of the order. */
  #orderOfRefused(item: Item): Pick<OutgoingMessage, 'orderKey' | 'newOrderKey'> {
    const own = this.#order && !this.#isAlone(item) ? filledOr(this.#order, item.values) : undefined;
    if (own !== undefined) return { orderKey: own };
    return { orderKey: this.#defaultOrder(item), newOrderKey: this.#newOrderOf(item) };
  }

  /** wal2json output with transaction borders is a stream, in which no row may be held back. */
  #defaultOrder(item: Item): string {
    return this.#isStream ? '' : orderKeyOf(item);
  }

  #newOrderOf({ message }: Item): string | undefined {
    return this.#isStream || message.kind !== 'change' ? undefined : message.newRowKey;
  }

  #headersOf(values: TemplateValues, content: Content, row: Partial<FunctionRow>): OutgoingMessage['headers'] {
    if (this.#headers.length === 0 && !content.headers && !row.headers) return noHeaders;
    const own = Object.fromEntries(this.#headers.map(([name, template]) => [name, template.fill(values)]));
    return { ...content.headers, ...own, ...row.headers };
  }

  #contentTypeOf(payload: string): string {
    return /^\s*[[{]/.test(payload) ? 'application/json' : 'text/plain';
  }
}

function filledOr(template: Template, values: TemplateValues): string | undefined {
  try {
    return template.fill(values);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/**
 * A change waits for changes of the same row. Other messages are sent in order anyway, and none waits for a parked one.
 */
function orderKeyOf({ message, channel, change }: Item): string {
  if (change?.kind === 'truncate') return tableKeyOf(change.table);
  if (message.kind === 'change') return message.rowKey;
  return message.kind === 'wal2json' ? channel : '';
}
