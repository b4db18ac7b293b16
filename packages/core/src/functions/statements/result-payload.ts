import { WampError } from '../../errors.ts';
import type { PgType } from '../routines/pg-type.ts';
import type { Routine } from '../routines/routine.ts';
import { withBase64 } from './base64.ts';

/** A payload of WAMP as JSON text, which goes to the socket without being parsed. */
export interface PayloadText {
  /** A JSON array. */
  readonly args: string;
  /** A JSON object, or empty for none. */
  readonly kwargs: string;
}

/** A row of the answer to `callStatement`, or to what `outsOf` makes: columns in text format. */
export type ResultRow = readonly (string | null)[];

/**
 * The result that a row is. PostgreSQL's `to_json` has written it; what follows from that:
 *
 * - `int8` and `numeric` are JSON numbers with all their digits; `NaN` and `Infinity`, for which JSON has no numbers, are strings.
 * - Dates and times are ISO 8601 whatever `DateStyle` says: `2026-07-01`, `2026-07-01T12:00:00.5`, `2026-07-01T12:00:00+02:00`, the
 *   last in the `TimeZone` of the role. `infinity` is the string `infinity`.
 * - Intervals are PostgreSQL's text in the `IntervalStyle` of the role: `1 day 02:00:00`, or `P1DT2H` after
 *   `ALTER ROLE ... SET intervalstyle = iso_8601`.
 * - Enums, ranges, multiranges, money, network addresses and geometry are their text, as are bytes within a range.
 * - A `json` document is passed on as it is, white space and repeated keys included; a `jsonb` document as PostgreSQL normalised it.
 * - A type with a cast to `json`, such as `hstore`, is what that cast makes of it.
 * - A composite is an object of its columns in their order; an array is nested by its dimensions, and its lower bounds are not told.
 * - SQL's NULL is null.
 *
 * Bytes are the exception: `to_json` writes hexadecimal text, this function makes WAMP's base64 of it.
 *
 * @see https://www.postgresql.org/docs/current/functions-json.html#FUNCTIONS-JSON-CREATION-TABLE
 * @throws `WampError` `wamp.error.runtime_error` if a `crossbar.result` has args that are no array or kwargs that are no object.
 */
export function rowPayload({ result, name }: Routine, row: ResultRow): PayloadText {
  if (result.shape === 'none') return { args: '[]', kwargs: '' };
  if (result.type.name !== 'crossbar.result') return { args: `[${valueText(result.type, row)}]`, kwargs: '' };
  const [args, kwargs] = row;
  if (args && !args.startsWith('[')) throw malformed(name, 'args', 'array');
  if (kwargs && !kwargs.startsWith('{')) throw malformed(name, 'kwargs', 'object');
  return { args: args ?? '[]', kwargs: kwargs ?? '' };
}

/** The whole result of a call that is not progressive: what one row is, or an array of what all rows are. */
export class WholeResult {
  readonly #routine: Routine;
  readonly #limit: number;
  readonly #texts: string[] = [];
  #first: ResultRow | undefined;
  #size = 2;

  /** @param limit characters that the result may have. */
  constructor(routine: Routine, limit = Number.POSITIVE_INFINITY) {
    this.#routine = routine;
    this.#limit = limit;
  }

  /**
   * Takes rows as they come.
   *
   * @throws `WampError` `wamp.error.payload_size_exceeded` as soon as there are too many.
   */
  add(rows: readonly ResultRow[]): void {
    for (const row of rows) {
      this.#first ??= row;
      this.#count(row);
      if (this.#routine.result.shape === 'rows') this.#texts.push(rowText(this.#routine.result.type, row));
    }
  }

  /** What was taken. */
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
  // An empty document cannot be: to_json gives a value or NULL.
  if (!json) return 'null';
  return holdsBytes(type) ? withBase64(type, json) : json;
}

function malformed(name: string, part: string, kind: string): WampError {
  return new WampError('wamp.error.runtime_error', [`${name} returned ${part} that are no JSON ${kind}`]);
}

/** Whether values of a type may have bytes in them, which PostgreSQL and WAMP write differently. */
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
