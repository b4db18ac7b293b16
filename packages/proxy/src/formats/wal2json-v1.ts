import { Refused } from '@pgwamp/core';
import type { Value } from '@pgwamp/core/internal/postgres';
import type { LogicalMessage, RowChange, WalTable } from '@pgwamp/core/internal/sources';
import type { Border, Formattable } from './change.ts';
import type { ColumnCatalog, ColumnFacts } from './column-catalog.ts';
import type { Content, Format } from './format.ts';
import {
  cString,
  hasValue,
  timestampText,
  typeText,
  type Wal2jsonColumn,
  wal2jsonColumn,
  wantsCatalog,
} from './wal2json-columns.ts';
import { type Wal2jsonFilter, type Wal2jsonOptions, wal2jsonFilter } from './wal2json-options.ts';

const contentType = 'application/json';

/**
 * Version 1 of the wal2json format: one JSON text for each transaction, buffered until its end.
 *
 * @see https://github.com/eulerto/wal2json#format-version-1
 */
export class Wal2jsonV1 implements Format {
  readonly #options: Wal2jsonOptions;
  readonly #filter: Wal2jsonFilter;
  readonly #catalog: ColumnCatalog | undefined;
  readonly #limit: number;
  readonly #tables = new WeakMap<WalTable, readonly Wal2jsonColumn[]>();
  /** Line feed, tab and space, or empty strings. */
  readonly #line: string;
  readonly #tab: string;
  readonly #space: string;
  #changes: string[] = [];
  #count = 0;
  #length = 0;

  /** @param limit limit of characters of a buffered transaction. */
  constructor(options: Wal2jsonOptions, catalog: ColumnCatalog, limit: number) {
    this.#options = options;
    this.#filter = wal2jsonFilter(options);
    this.#catalog = wantsCatalog(options) ? catalog : undefined;
    this.#limit = limit;
    [this.#line, this.#tab, this.#space] = options['pretty-print'] ? (['\n', '\t', ' '] as const) : ['', '', ''];
  }

  prepare(table: WalTable): Promise<void> | undefined {
    return this.#catalog?.prepare(table);
  }

  write({ change, payload }: Formattable): Content | undefined {
    // A slot of the plugin has already written it.
    if (!change) return { payload: payload.toString(), contentType };
    switch (change.kind) {
      case 'begin':
        return this.#begin(change);
      case 'commit':
        return this.#commit(change);
      case 'insert':
      case 'update':
      case 'delete':
        return this.#lets(change) ? this.#add(this.#row(change)) : undefined;
      case 'message':
        if (!this.#filter.prefix(change.prefix)) return undefined;
        return change.transaction ? this.#add(this.#message(change)) : this.#alone(change);
      default:
        return undefined;
    }
  }

  #begin(border: Border): Content | undefined {
    this.#changes = [];
    this.#count = 0;
    this.#length = 0;
    return this.#options['write-in-chunks'] ? { payload: this.#head(border), contentType } : undefined;
  }

  #add(change: string): Content | undefined {
    const separator = this.#options['write-in-chunks'] ? '' : this.#line;
    const text = `${separator}${this.#indent(2)}${this.#count > 0 ? ',' : ''}${change}`;
    this.#count += 1;
    if (this.#options['write-in-chunks']) return { payload: text, contentType };
    this.#length += text.length;
    if (this.#length <= this.#limit) this.#changes.push(text);
    return undefined;
  }

  #commit(border: Border): Content {
    const end = `${this.#tab}]${this.#line}}`;
    if (this.#options['write-in-chunks']) return { payload: end, contentType };
    const changes = this.#length <= this.#limit ? this.#changes.join('') : '';
    const problem = `the changes of its transaction have ${this.#length} characters, which exceeds the limit`;
    const refusal = this.#length <= this.#limit ? undefined : new Refused('too_large', problem);
    this.#changes = [];
    return { payload: `${this.#head(border)}${changes}${this.#line}${end}`, contentType, refusal };
  }

  /** The end of a transaction is unknown when its first chunk is written. */
  #head(border: Border): string {
    const { xid, microseconds } = border.transaction;
    const members = [
      ...(this.#options['include-xids'] ? [this.#member(1, 'xid', String(xid))] : []),
      ...(this.#options['include-lsn'] && border.kind === 'commit'
        ? [this.#member(1, 'nextlsn', `"${border.end}"`)]
        : []),
      ...(this.#options['include-timestamp'] ? [this.#member(1, 'timestamp', `"${timestampText(microseconds)}"`)] : []),
    ];
    const before = members.map((member) => `${member},${this.#line}`).join('');
    return `{${this.#line}${before}${this.#member(1, 'change', '[')}`;
  }

  #row({ kind, table, ...tuples }: RowChange): string {
    const columns = this.#columns(table);
    const facts = this.#catalog?.facts(table);
    const members = [this.#member(3, 'kind', `"${kind}"`), ...this.#name(table)];
    if (tuples.new) members.push(...this.#tuple(columns, tuples.new));
    if (this.#options['include-pk'] && facts?.some(({ isPrimaryKey }) => isPrimaryKey))
      members.push(this.#primaryKey(columns));
    if (kind !== 'insert') members.push(this.#oldKeys(columns, identityOf(kind, table, tuples)));
    return this.#object(2, members);
  }

  #message(message: LogicalMessage): string {
    return this.#object(2, [
      this.#member(3, 'kind', '"message"'),
      this.#member(3, 'transactional', String(message.transaction !== undefined)),
      this.#member(3, 'prefix', JSON.stringify(message.prefix)),
      this.#member(3, 'content', JSON.stringify(cString(message.content))),
    ]);
  }

  /** A message outside of a transaction is a text by itself. */
  #alone(message: LogicalMessage): Content {
    const change = `${this.#indent(2)}${this.#message(message)}`;
    const [line, space] = [this.#line, this.#space];
    const begin = `{${line}${this.#tab}"change":${space}[${line}`;
    return { payload: `${begin}${change}${line}${this.#tab}]${line}}`, contentType };
  }

  #name({ schema, table }: WalTable): string[] {
    const tableMember = this.#member(3, 'table', JSON.stringify(table));
    return this.#options['include-schemas']
      ? [this.#member(3, 'schema', JSON.stringify(schema)), tableMember]
      : [tableMember];
  }

  #tuple(columns: readonly Wal2jsonColumn[], tuple: readonly Value[]): string[] {
    const present = columns.filter((_, index) => hasValue(tuple[index]));
    const values = tuple.filter(hasValue);
    const facts = present.flatMap((column) => column.facts ?? []);
    const has = (name: keyof Wal2jsonOptions) => this.#options[name] === true;
    return [
      this.#list(
        3,
        'columnnames',
        present.map(({ name }) => JSON.stringify(name)),
      ),
      ...(has('include-types')
        ? [
            this.#list(
              3,
              'columntypes',
              present.map((column) => this.#type(column)),
            ),
          ]
        : []),
      ...(has('include-type-oids')
        ? [
            this.#list(
              3,
              'columntypeoids',
              present.map(({ typeOid }) => String(typeOid)),
            ),
          ]
        : []),
      ...(has('include-column-positions')
        ? [
            this.#list(
              3,
              'columnpositions',
              facts.map(({ position }) => String(position)),
            ),
          ]
        : []),
      ...(has('include-not-null') ? [this.#optionals(facts)] : []),
      ...(has('include-default')
        ? [
            this.#list(
              3,
              'columndefaults',
              facts.map((fact) => JSON.stringify(fact.default)),
            ),
          ]
        : []),
      this.#list(
        3,
        'columnvalues',
        values.map((value, index) => written(present[index], value)),
      ),
    ];
  }

  /** wal2json fills this list only if it also writes column types. */
  #optionals(facts: readonly ColumnFacts[]): string {
    const optionals = facts.map(({ isRequired }) => String(!isRequired));
    return this.#list(3, 'columnoptionals', this.#options['include-types'] ? optionals : []);
  }

  #primaryKey(columns: readonly Wal2jsonColumn[]): string {
    const key = columns.filter(({ facts }) => facts?.isPrimaryKey);
    const names = this.#list(
      4,
      'pknames',
      key.map(({ name }) => JSON.stringify(name)),
    );
    const types = this.#list(
      4,
      'pktypes',
      this.#options['include-types'] ? key.map((column) => this.#type(column)) : [],
    );
    return this.#group('pk', [names, types]);
  }

  #oldKeys(columns: readonly Wal2jsonColumn[], identity: readonly Value[]): string {
    const present = columns.flatMap((column, index) => {
      const value = identity[index];
      return hasValue(value) && value !== null ? [{ column, value }] : [];
    });
    const members = [
      this.#list(
        4,
        'keynames',
        present.map(({ column }) => JSON.stringify(column.name)),
      ),
    ];
    if (this.#options['include-types'])
      members.push(
        this.#list(
          4,
          'keytypes',
          present.map(({ column }) => this.#type(column)),
        ),
      );
    if (this.#options['include-type-oids']) {
      members.push(
        this.#list(
          4,
          'keytypeoids',
          present.map(({ column }) => String(column.typeOid)),
        ),
      );
    }
    members.push(
      this.#list(
        4,
        'keyvalues',
        present.map(({ column, value }) => written(column, value)),
      ),
    );
    return this.#group('oldkeys', members);
  }

  #type({ facts }: Wal2jsonColumn): string {
    if (!facts) return '"unknown"';
    const { text, name } = (this.#options['include-domain-data-type'] && facts.base) || facts.type;
    return typeText(this.#options['include-typmod'] ? text : name);
  }

  #columns(table: WalTable): readonly Wal2jsonColumn[] {
    const known = this.#tables.get(table);
    if (known) return known;
    const facts = this.#catalog?.facts(table);
    const columns = table.columns.map((column, index) => wal2jsonColumn(this.#options, column, facts?.[index]));
    this.#tables.set(table, columns);
    return columns;
  }

  #lets({ kind, table }: RowChange): boolean {
    return this.#filter.action(kind) && this.#filter.table(table.schema, table.table);
  }

  #indent(depth: number): string {
    return this.#tab.repeat(depth);
  }

  #member(depth: number, name: string, value: string): string {
    return `${this.#indent(depth)}"${name}":${this.#space}${value}`;
  }

  #list(depth: number, name: string, items: readonly string[]): string {
    return this.#member(depth, name, `[${items.join(`,${this.#space}`)}]`);
  }

  #object(depth: number, members: readonly string[]): string {
    const line = this.#line;
    return `{${line}${members.join(`,${line}`)}${line}${this.#indent(depth)}}`;
  }

  #group(name: string, members: readonly string[]): string {
    return this.#member(3, name, this.#object(3, members));
  }
}

function written(column: Wal2jsonColumn | undefined, value: string | null): string {
  return value === null || !column ? 'null' : column.write(value);
}

/**
 * The identifying columns of a deleted row, or of an updated row with an unchanged key; otherwise all old columns that
 * the log contains.
 */
function identityOf(
  kind: RowChange['kind'],
  table: WalTable,
  { new: row, old, key }: Omit<RowChange, 'kind' | 'table'>,
) {
  if (kind === 'update' && (old ?? key)) return old ?? key ?? [];
  const tuple = old ?? key ?? row ?? [];
  if (table.identity === 'full') return tuple;
  return tuple.map((value, index) => (table.columns[index]?.isKey ? value : null));
}
