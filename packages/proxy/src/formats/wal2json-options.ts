import * as z from 'zod';

const isOn = (text: string, standard: boolean) => z.boolean().default(standard).describe(text);

/** A list of names, in which a backslash escapes the next character. */
const list = (text: string) => z.string().default('').describe(text);

/**
 * The parameters of wal2json, with their original names.
 *
 * @see https://github.com/eulerto/wal2json#parameters
 */
export const wal2jsonOptions = z.strictObject({
  'format-version': z.literal([1, 2]).default(2).describe('2: a message for each row; 1: one for each transaction'),
  'include-transaction': isOn('whether the borders of transactions are messages, of version 2', true),
  'include-xids': isOn('the numbers of transactions', false),
  'include-timestamp': isOn('when transactions were committed', false),
  'include-schemas': isOn('the schemas of tables', true),
  'include-types': isOn('the types of columns', true),
  'include-typmod': isOn('the modifiers of types, of version 1', true),
  'include-type-oids': isOn('the oids of types', false),
  'include-domain-data-type': isOn('the base type of a domain', false),
  'include-column-positions': isOn('the numbers of columns', false),
  'include-not-null': isOn('whether columns may be NULL', false),
  'include-default': isOn('the defaults of columns', false),
  'include-pk': isOn('the columns of the primary key', false),
  'include-lsn': isOn('log positions', false),
  'numeric-data-types-as-string': isOn('numbers as strings, NaN and the infinities too', false),
  'pretty-print': isOn('line feeds and tabs, of version 1', false),
  'write-in-chunks': isOn('a message for each part of a transaction, of version 1', false),
  actions: list('changes to write: some of insert, update, delete, truncate'),
  'filter-tables': list('tables to leave out: schema.table, where * matches any name'),
  'add-tables': list('the only tables to write: schema.table, where * matches any name'),
  'filter-msg-prefixes': list('prefixes of logical messages to leave out'),
  'add-msg-prefixes': list('the only prefixes of logical messages to write'),
});

/** The parameters of wal2json, checked. */
export type Wal2jsonOptions = z.output<typeof wal2jsonOptions>;

/** The filter that the list parameters define. */
export interface Wal2jsonFilter {
  action(name: 'insert' | 'update' | 'delete' | 'truncate'): boolean;
  table(schema: string, table: string): boolean;
  prefix(name: string): boolean;
}

/** Creates the filter of the parameters; an empty list does not filter. */
export function wal2jsonFilter(options: Wal2jsonOptions): Wal2jsonFilter {
  const actions = splitList(options.actions);
  const [added, left] = [options['add-tables'], options['filter-tables']].map((text) => splitList(text).map(tableTest));
  const [addedPrefixes, leftPrefixes] = [options['add-msg-prefixes'], options['filter-msg-prefixes']].map(splitList);
  const any = (tests: readonly TableTest[] | undefined, schema: string, table: string) =>
    tests?.some((test) => test(schema, table)) ?? false;
  return {
    action: (name) => actions.length === 0 || actions.includes(name),
    table: (schema, table) => !any(left, schema, table) && (added?.length === 0 || any(added, schema, table)),
    prefix: (name) =>
      !leftPrefixes?.includes(name) && (addedPrefixes?.length === 0 || addedPrefixes?.includes(name) === true),
  };
}

type TableTest = (schema: string, table: string) => boolean;

function tableTest(text: string): TableTest {
  const [, schema = '', table = ''] = /^((?:\\.|[^.\\])*)\.(.*)$/s.exec(text) ?? [];
  const [wantedSchema, wantedTable] = [schema, table].map(unescaped);
  return (foundSchema, foundTable) =>
    (schema === '*' || wantedSchema === foundSchema) && (table === '*' || wantedTable === foundTable);
}

/** Splits at commas with optional white space; escapes are kept. */
function splitList(text: string): string[] {
  const items = text.match(/(?:\\.|[^,\s\\])+/gs);
  return items ?? [];
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}
