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
const maxAlone = 100;

/**
 * Tells which rows a role with certain claims may SELECT, by the privileges and the policies of row level security, which PostgreSQL
 * evaluates over the rows as they were when they were changed: what the table has become since does not matter.
 */
export class RowSecurity {
  readonly #pool: ReopenablePool;
  readonly #timeout: number;
  /** What decided for identities the last time, by the tables' oids. */
  readonly #plans = new WeakMap<Identity, Map<number, KnownPlan>>();

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
    return (await this.#readPlan(identity, oid))?.plan;
  }

  async #readPlan(identity: Identity, oid: number): Promise<KnownPlan | undefined> {
    const [[row] = []] = await this.#run(identity, [planStatement(oid)]);
    const text = row?.[0];
    const plan = parsePlan(text);
    const plans = this.#plans.get(identity) ?? new Map<number, KnownPlan>();
    this.#plans.set(identity, plans);
    const known = plan && { text: text as string, plan, columns: new Set(plan.readable) };
    if (known) plans.set(oid, known);
    else plans.delete(oid);
    return known;
  }

  /**
   * Looks at rows with the eyes of an identity.
   *
   * @throws `DatabaseLostError`; `StatementError` if the role cannot be taken.
   */
  async see(identity: Identity, table: RowTable, rows: readonly PartialRow[]): Promise<Sight> {
    return (await this.#seeByKnownPlan(identity, table, rows)) ?? this.#seeByNewPlan(identity, table, rows);
  }

  /**
   * In one round trip, by the plan of the last time; undefined where there is none, or where another one decides now.
   */
  async #seeByKnownPlan(identity: Identity, table: RowTable, rows: readonly PartialRow[]): Promise<Sight | undefined> {
    const known = this.#plans.get(identity)?.get(table.oid);
    const { literals, answers } = known ? checkable(known.plan, table, rows) : nothing;
    if (!known?.plan.isSecured || literals.length === 0 || literals.length > chunk.rows) return undefined;
    if (literals.reduce((sum, { length }) => sum + length, 0) > chunk.size) return undefined;
    try {
      const statements = [planStatement(table.oid), visibilityStatement(known.plan, table, literals)];
      const [[plan] = [], visible = []] = await this.#run(identity, statements);
      if (plan?.[0] !== known.text) return undefined;
      return { columns: known.columns, ...answers(visible.map(([answer]) => answer === 't')) };
    } catch (error) {
      if (error instanceof StatementError) return undefined;
      throw error;
    }
  }

  async #seeByNewPlan(identity: Identity, table: RowTable, rows: readonly PartialRow[]): Promise<Sight> {
    const known = await this.#readPlan(identity, table.oid);
    const plan = known?.plan;
    if (!plan?.schemaUsage) return { columns: new Set(), rows: rows.map(() => false), doubt: undefined };
    const { columns } = known as KnownPlan;
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
    const { literals, answers } = checkable(plan, table, rows);
    const { visible, doubt } = await this.#evaluate(identity, table, plan, literals);
    return answers(visible, doubt);
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
      if (literals.length === 1 || literals.length > maxAlone || error.cause.code === '57014') {
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

/** What decides for an identity, as it was read. */
interface KnownPlan {
  readonly text: string;
  readonly plan: RowPlan;
  readonly columns: ReadonlySet<string>;
}

interface Checkable {
  /** The rows that policies can be evaluated over. */
  readonly literals: readonly string[];
  /** Makes answers about all rows of those about the literals. */
  answers(visible: readonly (boolean | undefined)[], doubt?: string): Omit<Sight, 'columns'>;
}

const nothing: Checkable = { literals: [], answers: () => ({ rows: [], doubt: undefined }) };

function checkable(plan: RowPlan, table: RowTable, rows: readonly PartialRow[]): Checkable {
  const places = plan.columns.map((name) => table.columns.indexOf(name));
  const needed = columnsOfPolicies(plan).map((name) => table.columns.indexOf(name));
  const known = rows.map((row) => needed.every((place) => isKnown(row[place])));
  const literals: string[] = [];
  for (const [index, row] of rows.entries()) {
    if (known[index]) literals.push(rowLiteral(places.map((place) => textOf(row[place]))));
  }
  return {
    literals,
    answers(visible, doubt) {
      const unknown = 'a policy depends on a column that the log does not have';
      let next = 0;
      return {
        rows: known.map((answered) => (answered ? visible[next++] : undefined)),
        doubt: doubt ?? (known.includes(false) ? unknown : undefined),
      };
    },
  };
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
