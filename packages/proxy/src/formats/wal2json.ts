import type { Value } from '@pgwamp/core/internal/postgres';
import type { LogicalMessage, RowChange, WalTable, WalTransaction } from '@pgwamp/core/internal/sources';
import { type Border, type Formattable, positionOf, type TruncatedTable } from './change.ts';
import type { ColumnCatalog } from './column-catalog.ts';
import type { Content, Format } from './format.ts';
import type { JsonWriter } from './json-value.ts';
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

/** A column, and the constant texts around its values. */
interface ColumnText {
  readonly isKey: boolean;
  readonly isPrimaryKey: boolean;
  readonly begin: string;
  readonly end: string;
  readonly write: JsonWriter;
}

const contentType = 'application/json';

/**
 * Version 2 of the wal2json format: one JSON text for each row, and for the start and end of transactions.
 *
 * @see https://github.com/eulerto/wal2json#format-version-2
 */
export class Wal2json implements Format {
  readonly #options: Wal2jsonOptions;
  readonly #filter: Wal2jsonFilter;
  readonly #catalog: ColumnCatalog | undefined;
  readonly #tables = new WeakMap<WalTable, readonly ColumnText[]>();

  constructor(options: Wal2jsonOptions, catalog: ColumnCatalog) {
    this.#options = options;
    this.#filter = wal2jsonFilter(options);
    this.#catalog = wantsCatalog(options) ? catalog : undefined;
  }

  prepare(table: WalTable): Promise<void> | undefined {
    return this.#catalog?.prepare(table);
  }

  write({ id, change, payload: line }: Formattable): Content | undefined {
    // A slot of the plugin has already written it.
    const payload = change ? this.#text(id, change) : line.toString();
    return payload === undefined ? undefined : { payload, contentType };
  }

  #text(id: string, change: Formattable['change']): string | undefined {
    switch (change?.kind) {
      case 'insert':
      case 'update':
      case 'delete':
        return this.#lets(change) ? this.#row(id, change) : undefined;
      case 'truncate':
        return this.#lets(change) ? this.#truncation(id, change) : undefined;
      case 'begin':
      case 'commit':
        return this.#options['include-transaction'] ? this.#border(change) : undefined;
      case 'message':
        return this.#filter.prefix(change.prefix) ? this.#message(change) : undefined;
      default:
        return undefined;
    }
  }

  #lets({ kind, table }: RowChange | TruncatedTable): boolean {
    return this.#filter.action(kind) && this.#filter.table(table.schema, table.table);
  }

  #row(id: string, change: RowChange): string {
    const { table, kind } = change;
    const columns = this.#columns(table);
    let text = this.#head(letters[kind], change.transaction, positionOf(id)) + this.#name(table);
    if (change.new) text += `,"columns":[${columnTexts(columns, change.new)}]`;
    const identity = change.old ?? change.key ?? change.new;
    if (kind !== 'insert' && identity) {
      text += `,"identity":[${identityTexts(columns, identity, table.identity === 'full')}]`;
    }
    if (this.#options['include-pk']) text += `,"pk":[${primaryKeyTexts(columns)}]`;
    return `${text}}`;
  }

  #truncation(id: string, { table, transaction }: TruncatedTable): string {
    return `${this.#head('T', transaction, positionOf(id))}${this.#name(table)}}`;
  }

  /** The end of a transaction is unknown at its start, so the start has no `nextlsn`. */
  #border(border: Border): string {
    const head = this.#head(letters[border.kind], border.transaction, border.transaction.lsn);
    const hasNext = border.kind === 'commit' && this.#options['include-lsn'];
    return hasNext ? `${head},"nextlsn":"${border.end}"}` : `${head}}`;
  }

  #message({ transaction, lsn, prefix, content }: LogicalMessage): string {
    const [prefixText, contentText] = [prefix, cString(content)].map((text) => JSON.stringify(text));
    const head = this.#head('M', transaction, lsn);
    return `${head},"transactional":${transaction !== undefined},"prefix":${prefixText},"content":${contentText}}`;
  }

  #head(letter: string, transaction: WalTransaction | undefined, lsn: string): string {
    let text = `{"action":"${letter}"`;
    if (this.#options['include-xids']) text += `,"xid":${transaction?.xid ?? null}`;
    if (this.#options['include-timestamp']) {
      text += `,"timestamp":${transaction ? `"${timestampText(transaction.microseconds)}"` : null}`;
    }
    return this.#options['include-lsn'] ? `${text},"lsn":"${lsn}"` : text;
  }

  #name({ schema, table }: WalTable): string {
    const schemaText = this.#options['include-schemas'] ? `,"schema":${JSON.stringify(schema)}` : '';
    return `${schemaText},"table":${JSON.stringify(table)}`;
  }

  #columns(table: WalTable): readonly ColumnText[] {
    const known = this.#tables.get(table);
    if (known) return known;
    const facts = this.#catalog?.facts(table);
    const columns = table.columns.map((column, index) => {
      const { isKey, write, ...rest } = wal2jsonColumn(this.#options, column, facts?.[index]);
      const isPrimaryKey = rest.facts?.isPrimaryKey ?? false;
      return { isKey, isPrimaryKey, begin: this.#begin(rest), end: this.#end(rest), write };
    });
    this.#tables.set(table, columns);
    return columns;
  }

  #begin({ name, typeOid, facts }: Pick<Wal2jsonColumn, 'name' | 'typeOid' | 'facts'>): string {
    let text = `{"name":${JSON.stringify(name)}`;
    if (this.#options['include-types'] && facts) {
      const { text: type } = (this.#options['include-domain-data-type'] && facts.base) || facts.type;
      text += `,"type":${typeText(type)}`;
    }
    return this.#options['include-type-oids'] ? `${text},"typeoid":${typeOid}` : text;
  }

  #end({ facts }: Pick<Wal2jsonColumn, 'facts'>): string {
    if (!facts) return '';
    let text = '';
    if (this.#options['include-not-null']) text += `,"optional":${!facts.isRequired}`;
    if (this.#options['include-column-positions']) text += `,"position":${facts.position}`;
    if (this.#options['include-default']) text += `,"default":${JSON.stringify(facts.default)}`;
    return text;
  }
}

const letters = { insert: 'I', update: 'U', delete: 'D', begin: 'B', commit: 'C' } as const;

function columnTexts(columns: readonly ColumnText[], tuple: readonly Value[]): string {
  let texts = '';
  for (const [index, { begin, end, write }] of columns.entries()) {
    const value = tuple[index];
    if (!hasValue(value)) continue;
    texts += `${texts && ','}${begin},"value":${value === null ? 'null' : write(value)}${end}}`;
  }
  return texts;
}

function identityTexts(columns: readonly ColumnText[], tuple: readonly Value[], isWhole: boolean): string {
  let texts = '';
  for (const [index, { isKey, begin, write }] of columns.entries()) {
    const value = tuple[index];
    if (!hasValue(value) || !(isWhole || isKey)) continue;
    texts += `${texts && ','}${begin},"value":${value === null ? 'null' : write(value)}}`;
  }
  return texts;
}

function primaryKeyTexts(columns: readonly ColumnText[]): string {
  return columns
    .filter(({ isPrimaryKey }) => isPrimaryKey)
    .map(({ begin }) => `${begin}}`)
    .join(',');
}
