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

/** The table of the rows: its present name and its columns. */
export interface RowTable {
  readonly oid: number;
  readonly sql: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** The visible columns and rows of an identity. */
export interface Sight {
  /** The columns that it may read. */
  readonly columns: ReadonlySet<string>;
  /** For each row whether it is visible; undefined if that cannot be decided. */
  readonly rows: readonly (boolean | undefined)[];
  /** The reason why it cannot be decided, for people. */
  readonly doubt: string | undefined;
}

/** Limits of rows that one statement checks, and of their characters. */
const chunk = { rows: 1000, size: 4 * 1024 * 1024 };
/** Limit of rows that are checked one by one after one of a chunk has raised an error. */
const maxAlone = 100;

/**
 * Decides which rows a role with certain claims may SELECT, by its privileges and the policies of row level security.
 * PostgreSQL evaluates them over the rows as they were at the time of the change; the present content of the table does
 * not matter.
 */
export class RowSecurity {
  readonly #pool: ReopenablePool;
  readonly #timeout: number;
  /** The last plan of each identity, by table oid. */
  readonly #plans = new WeakMap<Identity, Map<number, KnownPlan>>();

  /** @param timeout time limit in milliseconds to evaluate policies for a chunk of rows. */
  constructor(pool: ReopenablePool, timeout: number) {
    this.#pool = pool;
    this.#timeout = timeout;
  }

  /**
   * Reads the plan for an identity.
   *
   * @returns undefined if the table does not exist any more.
   * @throws `StatementError` if the role cannot be set.
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
   * Checks rows for an identity.
   *
   * @throws `DatabaseLostError`; `StatementError` if the role cannot be set.
   */
  async see(identity: Identity, table: RowTable, rows: readonly PartialRow[]): Promise<Sight> {
    return (await this.#seeByKnownPlan(identity, table, rows)) ?? this.#seeByNewPlan(identity, table, rows);
  }

  /** Checks rows in one round trip with the last plan; undefined if there is none or the plan has changed. */
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

/** The plan of an identity, as it was read. */
interface KnownPlan {
  readonly text: string;
  readonly plan: RowPlan;
  readonly columns: ReadonlySet<string>;
}

interface Checkable {
  /** The rows over which policies can be evaluated. */
  readonly literals: readonly string[];
  /** Converts answers for the literals to answers for all rows. */
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
      const unknown = 'a policy depends on a column that is missing in the log';
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
