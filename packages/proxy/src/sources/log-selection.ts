import type { Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalChange, WalTable } from '@pgwamp/core/internal/sources';
import type { LogMessage } from './log-decoders.ts';
import type { RowKeys } from './row-keys.ts';
import type { ChangeMessage, SourceMessage } from './source-message.ts';
import type { SourceOptions } from './source-options.ts';

/** Assigns messages of the log to the sources that select them, each with its key and reduced to the selected columns. */
export type LogSelection = (messages: readonly LogMessage[]) => SourceMessage[] | Promise<SourceMessage[]>;

/** Whether a name matches one of the patterns. */
type Matcher = (name: string) => boolean;
type Select = (message: LogMessage) => SourceMessage | undefined;
type WalOptions = Extract<SourceOptions, { kind: 'wal' }>;

/** Creates the selection for all sources of a configuration that read the log. */
export function logSelection(sources: Readonly<Record<string, SourceOptions>>, keys: RowKeys): LogSelection {
  const selections = Object.entries(sources).flatMap(([name, options]): Select[] => {
    if (options.kind === 'wal') return [selectChanges(name, options, keys)];
    return options.kind === 'topic' ? [selectTopics(name, matcher(options.topics))] : [];
  });
  const select = (messages: readonly LogMessage[]) => {
    const selected: SourceMessage[] = [];
    for (const message of messages) {
      for (const select of selections) {
        const wanted = select(message);
        if (wanted) selected.push(wanted);
      }
    }
    return selected;
  };
  return (messages) => keys.prepare(messages)?.then(() => select(messages)) ?? select(messages);
}

function selectTopics(source: string, matches: Matcher): Select {
  return (message) => (message.kind === 'topic' && matches(message.channel) ? { ...message, source } : undefined);
}

/** The selection of a source for a table: none, all columns, or some of them. */
type Wanted = false | { readonly table: WalTable; readonly places: readonly number[] | undefined };

function selectChanges(source: string, options: WalOptions, keys: RowKeys): Select {
  const matchesTable = matcher(options.tables);
  const isColumn = columnMatcher(options);
  const actions = new Set<string>(options.actions);
  // A changed table has a new object.
  const known = new WeakMap<WalTable, Wanted>();
  const wantedOf = (table: WalTable): Wanted => {
    const found = known.get(table);
    if (found !== undefined) return found;
    const wanted = matchesTable(`${table.schema}.${table.table}`) && reduced(table, isColumn);
    known.set(table, wanted);
    return wanted;
  };
  return (message) => {
    // The wal2json plugin has already selected them.
    if (message.kind === 'wal2json') return { ...message, source };
    if (message.kind !== 'change') return undefined;
    const change = selectChange(message.change, options, actions, wantedOf);
    if (!change) return undefined;
    if (message.change.kind === 'too_large') return { ...message, source, change, ...keys.ofLarge(message.change) };
    if (!isRow(message.change)) return { ...message, source, change };
    const rowKey = keys.of(message.change);
    return { ...message, source, change, rowKey, newRowKey: keys.ofNew(message.change, rowKey) };
  };
}

function isRow(change: WalChange): change is RowChange {
  return change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete';
}

function selectChange(
  change: WalChange,
  { transactions, messages }: WalOptions,
  actions: ReadonlySet<string>,
  wantedOf: (table: WalTable) => Wanted,
): ChangeMessage['change'] | undefined {
  switch (change.kind) {
    case 'begin':
    case 'commit':
      return transactions ? change : undefined;
    case 'message':
      return messages ? change : undefined;
    case 'truncate': {
      const tables = change.tables.filter((table) => wantedOf(table));
      return actions.has('truncate') && tables.length > 0 ? { ...change, tables } : undefined;
    }
    case 'too_large':
      return actions.has(change.operation) && wantedOf(change.table) ? change : undefined;
    default: {
      const wanted = actions.has(change.kind) && wantedOf(change.table);
      return wanted ? withColumns(change, wanted.table, wanted.places) : undefined;
    }
  }
}

function columnMatcher({ columns, exclude_columns }: WalOptions): Matcher | undefined {
  if (columns === undefined && exclude_columns.length === 0) return undefined;
  const [included, excluded] = [matcher(columns), matcher(exclude_columns)];
  return (name) => included(name) && !excluded(name);
}

function reduced(table: WalTable, isColumn: Matcher | undefined): Exclude<Wanted, false> {
  if (!isColumn) return { table, places: undefined };
  const places = table.columns.flatMap(({ name }, place) => (isColumn(name) ? [place] : []));
  const columns = table.columns.filter(({ name }) => isColumn(name));
  return { table: { ...table, columns }, places };
}

function withColumns(change: RowChange, table: WalTable, places: readonly number[] | undefined): RowChange {
  if (!places) return change;
  const pick = (tuple: readonly Value[]) => places.map((place) => tuple[place] ?? null);
  return {
    kind: change.kind,
    transaction: change.transaction,
    table,
    ...(change.new && { new: pick(change.new) }),
    ...(change.old && { old: pick(change.old) }),
    ...(change.key && { key: pick(change.key) }),
  };
}

/**
 * Creates a matcher for names with dots, such as tables and topics: `*` matches any text within a part, and a last part
 * `*` matches the rest.
 *
 * @param patterns undefined matches everything.
 */
function matcher(patterns: readonly string[] | undefined): Matcher {
  if (patterns === undefined) return () => true;
  const expressions = patterns.map((pattern) => new RegExp(`^${source(pattern)}$`, 's'));
  return (name) => expressions.some((expression) => expression.test(name));
}

function source(pattern: string): string {
  if (pattern === '*') return '.*';
  const isPrefix = pattern.endsWith('.*');
  const text = (isPrefix ? pattern.slice(0, -2) : pattern).replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  return `${text.replaceAll('*', '[^.]*')}${isPrefix ? '\\..+' : ''}`;
}
