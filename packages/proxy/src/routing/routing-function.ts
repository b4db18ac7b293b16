import { DatabaseLostError, Refused } from '@pgwamp/core';
import { type SessionPool, StatementError } from '@pgwamp/core/internal/postgres';

/** What a function makes of a message: one of these for each row that it returns. What it leaves out is that of the route. */
export interface FunctionRow {
  readonly destination: string | null;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly payload: string | null;
}

/** What became of a message: rows, none if it is filtered out, or why the function failed. */
export type FunctionResult = readonly FunctionRow[] | Refused;

/** Everything is qualified: the search_path is that of the role, on which the function may depend. Texts stay as they are, with all digits. */
const member = (name: string) => `made.row OPERATOR(pg_catalog.->>) '${name}'::pg_catalog.text`;
const columns = `made.number, coalesce(${member('destination')}, ${member('topic')}), ${['key', 'headers', 'payload'].map(member).join(', ')},
  CASE WHEN pg_catalog.json_typeof(made.row) OPERATOR(pg_catalog.=) 'object'::pg_catalog.text THEN
    (SELECT pg_catalog.string_agg(name, ', '::pg_catalog.text) FROM pg_catalog.json_object_keys(made.row) AS name
      WHERE name OPERATOR(pg_catalog.<>) ALL ('{destination,topic,key,headers,payload}'::pg_catalog.text[]))
    WHEN made.row IS NOT NULL THEN 'no object'::pg_catalog.text END`;

/** SQLSTATEs that say nothing about the message: what fails so succeeds another time. */
const passing = /^(08|40|53|57P|55P03)/;

/**
 * A function of the database that decides what becomes of messages. It is called for many messages by one statement; if that fails, for each by
 * itself, so that only those are refused that are to blame.
 */
export class RoutingFunction {
  readonly #pool: SessionPool;
  readonly #statement: string;
  readonly #timeout: number;

  /**
   * @param name the name, with its schema.
   * @param timeout milliseconds of a call.
   */
  constructor(pool: SessionPool, name: string, timeout: number) {
    this.#pool = pool;
    this.#timeout = timeout;
    const qualified = name.split('.').map((part) => `"${part.replaceAll('"', '""')}"`);
    this.#statement = `SELECT ${columns} FROM (SELECT message.number, pg_catalog.to_json(result) AS row
      FROM pg_catalog.unnest($1::pg_catalog.jsonb[]) WITH ORDINALITY AS message (text, number),
        LATERAL ${qualified.join('.')}(message.text) AS result OFFSET 0) AS made ORDER BY made.number`;
  }

  /**
   * Calls the function with messages, which are texts of JSON.
   *
   * @throws `DatabaseLostError`, and errors of PostgreSQL that pass.
   */
  async call(messages: readonly string[]): Promise<FunctionResult[]> {
    try {
      return await this.#call(messages);
    } catch (error) {
      if (!(error instanceof StatementError) || passing.test(error.cause.code ?? '')) throw error;
      const refusal = new Refused('refused', `the function that routes it failed: ${error.message}`, {
        cause: error.cause,
      });
      if (messages.length === 1) return [refusal];
    }
    const results: FunctionResult[] = [];
    for (const message of messages) results.push(...(await this.call([message])));
    return results;
  }

  async #call(messages: readonly string[]): Promise<FunctionResult[]> {
    const settings = {
      text: `SELECT pg_catalog.set_config('statement_timeout', $1, true)`,
      values: [String(this.#timeout)],
    };
    const call = { text: this.#statement, values: [arrayText(messages)] };
    const results = await this.#pool.run((session) =>
      session.run({ statements: [settings, call], scope: 'transaction' }),
    );
    const rows = results.at(-1);
    if (!rows) throw new DatabaseLostError('it gave no answer');
    const made: FunctionRow[][] = messages.map(() => []);
    const refusals = new Map<number, Refused>();
    for (const [number, destination = null, key = null, headers = null, payload = null, problem = null] of rows) {
      const index = Number(number) - 1;
      if (problem !== null) refusals.set(index, unusable(problem));
      // A row of NULLs is what a function gives that returns one row, and nothing.
      else if ([destination, key, headers, payload].some((value) => value !== null)) {
        made[index]?.push({ destination, key, headers: headersOf(headers), payload });
      }
    }
    return made.map((own, index) => refusals.get(index) ?? own);
  }
}

function unusable(problem: string): Refused {
  const wanted = 'it has to return rows with some of the columns destination, key, headers and payload';
  return new Refused('refused', `the function that routes it returned ${problem}: ${wanted}`);
}

/** PostgreSQL's text of an array of texts. */
function arrayText(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function headersOf(text: string | null): Record<string, string> | null {
  if (text === null) return null;
  const headers: Record<string, unknown> = JSON.parse(text);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
