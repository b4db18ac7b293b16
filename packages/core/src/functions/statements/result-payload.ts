import { WampError } from '../../errors.ts';
import type { PgType } from '../routines/pg-type.ts';
import type { Routine } from '../routines/routine.ts';
import { withBase64 } from './base64.ts';

/** A WAMP payload as JSON text. It is sent without being parsed. */
export interface PayloadText {
  /** A JSON array. */
  readonly args: string;
  /** A JSON object, or empty. */
  readonly kwargs: string;
}

/** A row of the result of `callStatement` or `outsOf`, in text format. */
export type ResultRow = readonly (string | null)[];

/**
 * Returns the payload of a row. PostgreSQL's `to_json` has written it, with these consequences:
 *
 * - `int8` and `numeric` are JSON numbers with all their digits. `NaN` and `Infinity` are strings, because JSON has no
 *   such numbers.
 * - Dates and times are ISO 8601 for any `DateStyle`: `2026-07-01`, `2026-07-01T12:00:00.5`,
 *   `2026-07-01T12:00:00+02:00`. The last form is in the `TimeZone` of the role. `infinity` is the string `infinity`.
 * - Intervals are PostgreSQL's text in the `IntervalStyle` of the role: `1 day 02:00:00`, or `P1DT2H` after
 *   `ALTER ROLE ... SET intervalstyle = iso_8601`.
 * - Enums, ranges, multiranges, money, network addresses and geometric types are text. So are bytes inside a range.
 * - A `json` document is unchanged, including white space and repeated keys. A `jsonb` document is as PostgreSQL has
 *   normalized it.
 * - A type with a cast to `json`, such as `hstore`, is converted by this cast.
 * - A composite is an object with its columns in order. An array is nested by its dimensions, without its lower bounds.
 * - SQL's NULL is null.
 *
 * Bytes are an exception: `to_json` writes hexadecimal text, and this function converts it to WAMP's base64.
 *
 * @see https://www.postgresql.org/docs/current/functions-json.html#FUNCTIONS-JSON-CREATION-TABLE
 * @throws `WampError` `wamp.error.runtime_error` if the args of a `crossbar.result` are not an array or its kwargs not
 *   an object.
 */
export function rowPayload({ result, name }: Routine, row: ResultRow): PayloadText {
  if (result.shape === 'none') return { args: '[]', kwargs: '' };
  if (result.type.name !== 'crossbar.result') return { args: `[${valueText(result.type, row)}]`, kwargs: '' };
  const [args, kwargs] = row;
  if (args && !args.startsWith('[')) throw malformed(name, 'args', 'array');
  if (kwargs && !kwargs.startsWith('{')) throw malformed(name, 'kwargs', 'object');
  return { args: args ?? '[]', kwargs: kwargs ?? '' };
}

/** The complete result of a call that is not progressive: the payload of one row, or an array of all rows. */
export class WholeResult {
  readonly #routine: Routine;
  readonly #limit: number;
  readonly #texts: string[] = [];
  #first: ResultRow | undefined;
  #size = 2;

  /** @param limit size limit of the result, in characters. */
  constructor(routine: Routine, limit = Number.POSITIVE_INFINITY) {
    this.#routine = routine;
    this.#limit = limit;
  }

  /**
   * Adds rows.
   *
   * @throws `WampError` `wamp.error.payload_size_exceeded` as soon as the result exceeds the limit.
   */
  add(rows: readonly ResultRow[]): void {
    for (const row of rows) {
      this.#first ??= row;
      this.#count(row);
      if (this.#routine.result.shape === 'rows') this.#texts.push(rowText(this.#routine.result.type, row));
    }
  }

  /** The payload of all added rows. */
  payload(): PayloadText {
    if (this.#routine.result.shape === 'rows') return { args: `[[${this.#texts.join(',')}]]`, kwargs: '' };
    return rowPayload(this.#routine, this.#first ?? []);
  }

  #count(row: ResultRow): void {
    for (const column of row) this.#size += (column?.length ?? 4) + 1;
    if (this.#size <= this.#limit) return;
    const message = `the result is larger than ${this.#limit} characters; call for progressive results, or for fewer rows`;
    throw new WampError('wamp.error.payload_size_exceeded', [message]);
  }
}

function rowText(type: PgType, row: ResultRow): string {
  if (type.name !== 'crossbar.result') return valueText(type, row);
  const [args, kwargs] = row;
  return `{"args":${args ?? 'null'},"kwargs":${kwargs ?? 'null'}}`;
}

function valueText(type: PgType, [json]: ResultRow): string {
  // The JSON is never empty: to_json returns a value or NULL.
  if (!json) return 'null';
  return holdsBytes(type) ? withBase64(type, json) : json;
}

function malformed(name: string, part: string, kind: string): WampError {
  return new WampError('wamp.error.runtime_error', [`${name} returned ${part} that are no JSON ${kind}`]);
}

/** Whether values of a type may contain bytes, which PostgreSQL and WAMP write differently. */
function holdsBytes(type: PgType): boolean {
  switch (type.kind) {
    case 'array':
      return holdsBytes(type.element);
    case 'composite':
      return type.attributes.some((attribute) => holdsBytes(attribute.type));
    default:
      return type.kind === 'bytea';
  }
}
