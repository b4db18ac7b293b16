import { DatabaseLostError } from '@pgwamp/core';
import { StatementError, type Value } from '@pgwamp/core/internal/postgres';
import type { Identity } from '../access/identity.ts';
import type { ReopenablePool } from '../access/reopenable-pool.ts';
import { runAs } from '../access/role-session.ts';
import type { PartialRow } from './row-change.ts';
import {
  columnsOfPolicies,
  parsePlan,
  planStatement,
  type RowPlan,
  rowLiteral,
  visibilityStatement,
} from './row-plan.ts';

/** The table of rows: as it is called now, and the columns that rows have. */
export interface RowTable {
  readonly oid: number;
  readonly sql: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** What somebody may see of rows. */
export interface Sight {
  /** The columns that it may read. */
  readonly columns: ReadonlySet<string>;
  /** Of each row: whether it may be seen; undefined where that cannot be told. */
  readonly rows: readonly (boolean | undefined)[];
  /** Why it cannot be told, for people. */
  readonly doubt: string | undefined;
}

/** Rows that are checked by one statement, and their characters. */
const chunk = { rows: 1000, size: 4 * 1024 * 1024 };
/** So many rows are checked one by one, when one of a chunk has raised an error. */
const mostAlone = 100;

/**
 * Tells which rows a role with certain claims may SELECT, by the privileges and the policies of row level security, which PostgreSQL
 * evaluates over the rows as they were when they were changed: what the table has become since does not matter.
 */
export class RowSecurity {
  readonly #pool: ReopenablePool;
  readonly #timeout: number;

  /** @param timeout milliseconds that the policies may take for some rows. */
  constructor(pool: ReopenablePool, timeout: number) {
    this.#pool = pool;
    this.#timeout = timeout;
  }

  /**
   * What decides for an identity.
   *
   * @returns undefined if the table is gone.
   * @throws `StatementError` if the role cannot be taken.
   */
  async plan(identity: Identity, oid: number): Promise<RowPlan | undefined> {
    const [[row] = []] = await this.#run(identity, [planStatement(oid)]);
    return parsePlan(row?.[0]);
  }

  /**
   * Looks at rows with the eyes of an identity.
   *
   * @throws `DatabaseLostError`; `StatementError` if the role cannot be taken.
   */
  async see(identity: Identity, table: RowTable, rows: readonly PartialRow[]): Promise<Sight> {
    const plan = await this.plan(identity, table.oid);
    if (!plan?.schemaUsage) return { columns: new Set(), rows: rows.map(() => false), doubt: undefined };
    const columns = new Set(plan.readable);
    if (columns.size === 0) return { columns, rows: rows.map(() => false), doubt: undefined };
    if (!plan.isSecured) return { columns, rows: rows.map(() => true), doubt: undefined };
    const sights = [];
    for (const part of chunksOf(rows)) sights.push(await this.#check(identity, table, plan, part));
    return {
      columns,
      rows: sights.flatMap((sight) => sight.rows),
      doubt: sights.find(({ doubt }) => doubt !== undefined)?.doubt,
    };
  }

  async #check(
    identity: Identity,
    table: RowTable,
    plan: RowPlan,
    rows: readonly PartialRow[],
  ): Promise<Omit<Sight, 'columns'>> {
    const places = plan.columns.map((name) => table.columns.indexOf(name));
    const needed = columnsOfPolicies(plan).map((name) => table.columns.indexOf(name));
    const known = rows.map((row) => needed.every((place) => isKnown(row[place])));
    const literals = rows.map((row) => rowLiteral(places.map((place) => textOf(row[place]))));
    const checkable = literals.filter((_, index) => known[index]);
    const { visible, doubt } = await this.#evaluate(identity, table, plan, checkable);
    const unknown = 'a policy depends on a column that the log does not have';
    let next = 0;
    return {
      rows: known.map((answered) => (answered ? visible[next++] : undefined)),
      doubt: doubt ?? (known.includes(false) ? unknown : undefined),
    };
  }

  async #evaluate(
    identity: Identity,
    table: RowTable,
    plan: RowPlan,
    literals: readonly string[],
  ): Promise<{ visible: readonly (boolean | undefined)[]; doubt?: string }> {
    if (literals.length === 0) return { visible: [] };
    try {
      const [rows = []] = await this.#run(identity, [visibilityStatement(plan, table, literals)]);
      return { visible: rows.map(([answer]) => answer === 't') };
    } catch (error) {
      if (error instanceof DatabaseLostError || !(error instanceof StatementError) || error.statement === 0)
        throw error;
      const doubt = `row level security cannot be evaluated: SQLSTATE ${error.cause.code}`;
      if (literals.length === 1 || literals.length > mostAlone || error.cause.code === '57014') {
        return { visible: literals.map(() => undefined), doubt };
      }
      const alone = [];
      for (const literal of literals) alone.push(await this.#evaluate(identity, table, plan, [literal]));
      return { visible: alone.flatMap(({ visible }) => visible), doubt };
    }
  }

  #run(identity: Identity, statements: Parameters<typeof runAs>[3]) {
    return runAs(this.#pool, identity, { timeout: this.#timeout, path: 'catalogue' }, statements);
  }
}

function isKnown(value: Value | undefined): boolean {
  return value !== undefined && typeof value !== 'symbol';
}

function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function* chunksOf(rows: readonly PartialRow[]): Generator<readonly PartialRow[]> {
  let part: PartialRow[] = [];
  let size = 0;
  for (const row of rows) {
    const length = row.reduce((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
    if (part.length > 0 && (part.length >= chunk.rows || size + length > chunk.size)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(row);
    size += length;
  }
  if (part.length > 0) yield part;
}
