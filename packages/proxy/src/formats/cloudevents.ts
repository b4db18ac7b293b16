import type { WalTable } from '@pgwamp/core/internal/sources';
import { actionOf, type Formattable, isOfTable } from './change.ts';
import type { Content, Format } from './format.ts';
import { contentTypeOf } from './raw.ts';

/** How events are written. */
export interface CloudEventsOptions {
  /** `structured`: the whole event is JSON. `binary`: the payload is the data alone, and the attributes are headers. */
  readonly mode: 'structured' | 'binary';
  /** A URI reference that names where events come from. */
  readonly source: string;
  /** What stands before the names of attributes, where they are headers. */
  readonly headerPrefix: string;
}

/** What the names of attributes begin with in the headers of a kind of sink, as the bindings of CloudEvents have it. */
export const headerPrefixes: Readonly<Record<string, string>> = {
  amqp: 'cloudEvents:',
  kafka: 'ce_',
  redis: 'ce_',
  mqtt: '',
};

/** What they begin with everywhere else: in HTTP and NATS. */
export const defaultHeaderPrefix = 'ce-';

/**
 * An event of CloudEvents 1.0. Its data is a change of a row, as the format `row` writes it, or a text as the source has it.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export class CloudEventsFormat implements Format {
  readonly #options: CloudEventsOptions;
  readonly #rows: Format;

  /** @param rows writes changes of rows. */
  constructor(options: CloudEventsOptions, rows: Format) {
    this.#options = options;
    this.#rows = rows;
  }

  prepare(table: WalTable): Promise<void> | undefined {
    return this.#rows.prepare?.(table);
  }

  write(message: Formattable): Content | undefined {
    const data = message.change ? this.#rows.write(message)?.payload : message.payload.toString();
    if (data === undefined) return undefined;
    const contentType = message.change ? 'application/json' : contentTypeOf(data);
    const attributes = this.#attributes(message);
    if (this.#options.mode === 'structured') return structured(attributes, contentType, data);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(attributes))
      headers[this.#options.headerPrefix + name] = this.#header(value);
    return { payload: data, contentType, headers };
  }

  #attributes({ id, channel, change }: Formattable): Readonly<Record<string, string>> {
    const common = { specversion: '1.0', id, source: this.#options.source };
    if (!isOfTable(change)) return { ...common, type: 'pgwamp.message', subject: channel };
    const { table, transaction } = change;
    const [type, subject] = [`pgwamp.row.${actionOf(change)}`, `${table.schema}.${table.table}`];
    return { ...common, type, subject, time: transaction.at.toISOString() };
  }

  /** In HTTP, and where headers are made like those of HTTP, what is not printable ASCII is escaped as in URIs. */
  #header(value: string): string {
    return this.#options.headerPrefix === defaultHeaderPrefix
      ? value.replace(/[^!#$&-~]/gu, encodeURIComponent)
      : value;
  }
}

function structured(attributes: Readonly<Record<string, string>>, contentType: string, data: string): Content {
  const isJson = contentType === 'application/json' && isJsonText(data);
  const all = { ...attributes, datacontenttype: isJson ? contentType : 'text/plain' };
  const members = Object.entries(all).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  const payload = `{${members.join(',')},"data":${isJson ? data : JSON.stringify(data)}}`;
  return { payload, contentType: 'application/cloudevents+json' };
}

/** Only what is JSON can stand within JSON as it is; a text that only begins like it is a string. */
function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
