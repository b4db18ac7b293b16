import { Refused } from '@pgwamp/core';
import { unchanged } from '@pgwamp/core/internal/postgres';
import type { TableChange } from '../formats/change.ts';
import { currentValue } from '../formats/row.ts';
import { keyTuple } from '../formats/table-keys.ts';

/** The values for the placeholders of a template. */
export interface TemplateValues {
  readonly id: string;
  readonly source: string;
  /** The channel or the topic; `schema.table` for a change. */
  readonly channel: string;
  /** The key before the payload; the primary key for a change. */
  readonly key: string;
  /** The table and the action. */
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly action?: string | undefined;
  /** The change, if its columns are known. */
  readonly change?: TableChange | undefined;
}

/** Placeholders with a value for every message; also `{.key}` and `{/key}`, which are empty without a key. */
const general = ['id', 'source', 'channel', 'topic', 'key'] as const;
/** Placeholders with a value only for a change of a table; also `row.NAME` and `old.NAME`. */
const ofTables = ['schema', 'table', 'action'] as const;

/** A placeholder, or a doubled brace for a literal one. */
const placeholders = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

type Part = string | ((values: TemplateValues) => string);

/**
 * A text with placeholders: `{schema}.{table}.{action}`, `tenants.{row.tenant}`. A literal brace is doubled.
 *
 * @example
 * ```ts
 * const template = Template.compile('{schema}.{table}.{action}');
 * template.fill({ id: '0/1/0', source: 'wal', channel: 'shop.orders', key: '7', change }); // shop.orders.insert
 * ```
 */
export class Template {
  /** The columns that it uses. */
  readonly columns: readonly string[];
  /** Whether it requires a change of a table. */
  readonly needsTable: boolean;
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[], names: readonly string[]) {
    this.#parts = parts;
    this.columns = names.flatMap((name) => columnOf(name)?.column ?? []);
    this.needsTable = names.some((name) => columnOf(name) || ofTables.some((known) => known === name));
  }

  /**
   * Compiles a template.
   *
   * @throws Error that describes the mistake.
   */
  static compile(text: string): Template {
    const parts: Part[] = [];
    const names: string[] = [];
    let end = 0;
    for (const match of text.matchAll(placeholders)) {
      const [written, name] = match;
      if (match.index > end) parts.push(text.slice(end, match.index));
      end = match.index + written.length;
      if (written === '{{' || written === '}}') parts.push(written.charAt(0));
      else if (name === undefined)
        throw new Error(`the brace at character ${match.index + 1} has no counterpart; double it for a literal brace`);
      else {
        names.push(name);
        parts.push(readerOf(name));
      }
    }
    if (end < text.length) parts.push(text.slice(end));
    return new Template(parts, names);
  }

  /** Fills in the values of a message. @throws `Refused` if the message has no value for a placeholder. */
  fill(values: TemplateValues): string {
    let text = '';
    for (const part of this.#parts) text += typeof part === 'string' ? part : part(values);
    return text;
  }
}

function readerOf(name: string): (values: TemplateValues) => string {
  if (name === 'topic') return ({ channel }) => channel;
  const plain = general.find((known) => known === name);
  if (plain !== undefined && plain !== 'topic') return (values) => values[plain];
  const [, separator, optional] = /^([./])(key)$/.exec(name) ?? [];
  if (optional !== undefined) return ({ key }) => key && separator + key;
  const column = columnOf(name);
  if (column) return ({ change }) => columnText(change, column, name);
  const own = ofTables.find((known) => known === name);
  if (own !== undefined) return (values) => values[own] ?? missing(name);
  throw new Error(
    `unknown placeholder {${name}}; expected one of {${[...general, ...ofTables].join('}, {')}}, {.key}, {/key}, {row.COLUMN} and {old.COLUMN}`,
  );
}

interface ColumnReference {
  readonly tuple: 'row' | 'old';
  readonly column: string;
}

function columnOf(name: string): ColumnReference | undefined {
  const [, tuple, column] = /^(row|old)\.(.+)$/s.exec(name) ?? [];
  return column === undefined ? undefined : { tuple: tuple === 'old' ? 'old' : 'row', column };
}

function columnText(change: TableChange | undefined, { tuple, column }: ColumnReference, name: string): string {
  if (!change || change.kind === 'truncate' || change.kind === 'too_large') return missing(name);
  const index = change.table.columns.findIndex((other) => other.name === column);
  if (index < 0) return missing(name, `table ${change.table.schema}.${change.table.table} has no such column`);
  const row = tuple === 'old' ? (change.old ?? change.key ?? []) : (change.new ?? keyTuple(change));
  const value = currentValue(row, change.old, index);
  if (value === unchanged) return missing(name, 'it is missing in the log, since it is TOASTed and was not changed');
  return value ?? missing(name, 'it is NULL, or missing in the log');
}

function missing(name: string, why = 'the message contains no row'): never {
  throw new Refused('malformed', `the route has no value for {${name}}: ${why}`);
}
