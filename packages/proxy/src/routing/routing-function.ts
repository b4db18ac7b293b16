import { DatabaseLostError, Refused } from '@pgwamp/core';
import { concernsFunction, type FoundFunction, isUsable, type NamedFunction } from '@pgwamp/core/internal/functions';
import { type SessionPool, StatementError } from '@pgwamp/core/internal/postgres';
import { RoutesUnusableError } from '../errors.ts';
import type { Query } from '../formats/type-catalog.ts';
import { functionProblems } from './check-routes.ts';

/** One row that a function returns for a message. Values that are NULL come from the route. */
export interface FunctionRow {
  readonly destination: string | null;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly payload: string | null;
}

/** The result for a message: rows, no rows if it is filtered out, or the failure of the function. */
export type FunctionResult = readonly FunctionRow[] | Refused;

/** The sessions in which functions of routes run. */
export interface FunctionSessions {
  readonly pool: SessionPool;
  /** The role of these sessions, and of the functions. */
  readonly login: string;
  /** Runs a query of the catalog, in another session. */
  readonly query: Query;
}

/**
 * Everything is qualified, because the function may depend on the search_path of the role. Text is used to keep all
 * digits.
 */
const member = (name: string) => `made.row OPERATOR(pg_catalog.->>) '${name}'::pg_catalog.text`;
const columns = `made.number, coalesce(${member('destination')}, ${member('topic')}), ${['key', 'headers', 'payload'].map(member).join(', ')},
  CASE WHEN pg_catalog.json_typeof(made.row) OPERATOR(pg_catalog.=) 'object'::pg_catalog.text THEN
    (SELECT pg_catalog.string_agg(name, ', '::pg_catalog.text) FROM pg_catalog.json_object_keys(made.row) AS name
      WHERE name OPERATOR(pg_catalog.<>) ALL ('{destination,topic,key,headers,payload}'::pg_catalog.text[]))
    WHEN pg_catalog.json_typeof(made.row) OPERATOR(pg_catalog.<>) 'null'::pg_catalog.text THEN 'no object'::pg_catalog.text END`;

/** SQLSTATEs that do not depend on the message: a retry can succeed. */
const passing = /^(08|40|53|57P|55P03)/;

/**
 * A database function that routes messages. It is called for many messages by one statement. If that fails, it is
 * called for each message separately, so that only those that cause the failure are refused.
 */
export class RoutingFunction {
  readonly #sessions: FunctionSessions;
  readonly #named: NamedFunction;
  readonly #timeout: number;

  /** @param timeout time limit of a call in milliseconds. */
  constructor(sessions: FunctionSessions, named: NamedFunction, timeout: number) {
    this.#sessions = sessions;
    this.#named = named;
    this.#timeout = timeout;
  }

  /**
   * Calls the function with messages as JSON texts.
   *
   * @throws `DatabaseLostError`, temporary errors of PostgreSQL, and `RoutesUnusableError` while the function is
   *   missing or may not be called.
   */
  async call(messages: readonly string[]): Promise<FunctionResult[]> {
    try {
      return await this.#call(messages);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const { code = '' } = error.cause;
      if (passing.test(code)) throw error;
      if (concernsFunction(error.cause)) await this.#check();
      const refusal = new Refused('refused', `the routing function failed: ${error.message}`, {
        cause: error.cause,
      });
      if (messages.length === 1) return [refusal];
    }
    const results: FunctionResult[] = [];
    for (const message of messages) results.push(...(await this.call([message])));
    return results;
  }

  /** A migration may drop and recreate the function; messages are not refused for that, they wait. */
  async #check(): Promise<void> {
    const { login, query } = this.#sessions;
    const problems = await functionProblems(this.#named, login, query);
    if (problems.length > 0) throw new RoutesUnusableError(problems);
  }

  async #call(messages: readonly string[]): Promise<FunctionResult[]> {
    const found = await this.#named.current(this.#sessions.query);
    if (!isUsable(found)) throw new RoutesUnusableError([found.problem]);
    const settings = {
      text: `SELECT pg_catalog.set_config('statement_timeout', $1, true)`,
      values: [String(this.#timeout)],
    };
    const call = { text: statementOf(found), values: [arrayText(messages)] };
    const results = await this.#sessions.pool.run((session) =>
      session.run({ statements: [settings, call], scope: 'transaction' }),
    );
    const rows = results.at(-1);
    if (!rows) throw new DatabaseLostError('it gave no answer');
    const made: FunctionRow[][] = messages.map(() => []);
    const refusals = new Map<number, Refused>();
    for (const [number, destination = null, key = null, headers = null, payload = null, problem = null] of rows) {
      const index = Number(number) - 1;
      const own = headersOf(headers);
      if (problem !== null) refusals.set(index, unusable(problem));
      else if (own instanceof Refused) refusals.set(index, own);
      // A function that returns no row may yield one row of NULLs.
      else if ([destination, key, headers, payload].some((value) => value !== null)) {
        made[index]?.push({ destination, key, headers: own, payload });
      }
    }
    return made.map((own, index) => refusals.get(index) ?? own);
  }
}

/**
 * A function with one column returns its value instead of a row; the subquery makes it a row. A function that returns
 * JSON has it in `result`.
 */
function statementOf({ name, guard }: FoundFunction): string {
  return `SELECT ${columns} FROM (
    SELECT message.number, coalesce(pg_catalog.to_json(row) OPERATOR(pg_catalog.->) 'result'::pg_catalog.text, pg_catalog.to_json(row)) AS row
    FROM pg_catalog.unnest($1::pg_catalog.jsonb[]) WITH ORDINALITY AS message (text, number),
      LATERAL (SELECT * FROM ${name}(message.text) AS result) AS row WHERE ${guard} OFFSET 0) AS made ORDER BY made.number`;
}

function unusable(problem: string): Refused {
  const wanted = 'expected rows with some of the columns destination, key, headers and payload';
  return new Refused('refused', `the routing function returned ${problem}: ${wanted}`);
}

/** An array of texts in PostgreSQL's text format. */
function arrayText(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function headersOf(text: string | null): Record<string, string> | null | Refused {
  if (text === null) return null;
  const headers = parsed(text);
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return unusable('headers that are not a JSON object');
  const given = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Undefined if it is not JSON: a function may return text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
