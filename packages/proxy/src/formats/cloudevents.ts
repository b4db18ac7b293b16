import type { WalTable } from '@pgwamp/core/internal/sources';
import { actionOf, type Formattable, isOfTable } from './change.ts';
import type { Content, Format } from './format.ts';
import { contentTypeOf } from './raw.ts';

/** The options of CloudEvents. */
export interface CloudEventsOptions {
  /** `structured`: the whole event is JSON. `binary`: the payload is only the data, and the attributes are headers. */
  readonly mode: 'structured' | 'binary';
  /** A URI reference that identifies the source of events. */
  readonly source: string;
  /** The prefix of attribute names in headers. */
  readonly headerPrefix: string;
}

/** The header prefixes for kinds of sinks, as defined by the protocol bindings of CloudEvents. */
export const headerPrefixes: Readonly<Record<string, string>> = {
  amqp: 'cloudEvents:',
  kafka: 'ce_',
  redis: 'ce_',
  mqtt: '',
};

/** The prefix for all other kinds: HTTP and NATS. */
export const defaultHeaderPrefix = 'ce-';

/**
 * An event of CloudEvents 1.0. Its data is a row change in the format `row`, or the text of the source.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export class CloudEventsFormat implements Format {
  readonly #options: CloudEventsOptions;
  readonly #rows: Format;

  /** @param rows the format of row changes. */
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

  /** HTTP headers, and those modeled on them, escape characters other than printable ASCII as URIs do. */
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

/** Whether a text is valid JSON and can be embedded unchanged; any other text becomes a string. */
function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
