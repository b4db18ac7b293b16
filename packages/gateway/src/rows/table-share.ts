import type { LogMessage } from '../log/log-decoder.ts';
import { type ChangedRow, type Operation, payloadOf } from './row-change.ts';
import type { Viewer } from './row-rule.ts';
import type { RowSecurity } from './row-security.ts';

/** An event of a table for its subscribers, in the order of row changes. */
export type TableEvent = {
  /** The log message that caused it. */
  readonly because: LogMessage;
} & (
  | { readonly row: ChangedRow }
  /** A message that is the same for all. */
  | { readonly payload: string }
  /** Messages are missing here. */
  | { readonly missing: string }
);

/** The events for a share. */
export interface ShareEvents {
  message(because: LogMessage, payload: string): void;
  /** A message that the share might have received is missing. */
  missing(because: LogMessage, reason: string): void;
}

/** The subscribers of a table that see the same rows. */
export interface TableShare {
  /** The key of the hub. */
  readonly key: string;
  readonly oid: number;
  readonly viewer: Viewer;
}

/**
 * Sends a share the changes that it may see. A row that becomes visible counts as inserted, and a row that becomes
 * invisible as deleted.
 *
 * @returns false if the share may not read any column, and nothing was sent.
 * @throws `DatabaseLostError` if row level security cannot be evaluated.
 */
export async function tell(
  { viewer }: TableShare,
  table: { readonly oid: number; readonly sql: string; readonly name: string },
  events: readonly TableEvent[],
  security: RowSecurity | undefined,
  to: ShareEvents,
): Promise<boolean> {
  const sees = await sightOf(viewer, table, events, security);
  if (!sees) return false;
  for (const event of events) {
    const { because } = event;
    if ('missing' in event) to.missing(because, event.missing);
    else if ('payload' in event) to.message(because, event.payload);
    else {
      const { row } = event;
      const operation = operationFor(row, sees.of(row, 'before'), sees.of(row, 'after'));
      if (operation === 'unknown') to.missing(because, sees.doubt);
      else if (operation) to.message(because, payloadOf(row, operation, row.description.viewFor(sees.columns)));
    }
  }
  return true;
}

/** The view of a viewer on rows. */
interface Sees {
  /** The columns that it may read; undefined for all. */
  readonly columns: ReadonlySet<string> | undefined;
  /** Undefined if it cannot be decided. */
  of(row: ChangedRow, version: 'before' | 'after'): boolean | undefined;
  readonly doubt: string;
}

/** Undefined if the viewer may not read any column of the table. */
async function sightOf(
  viewer: Viewer,
  table: { readonly oid: number; readonly sql: string; readonly name: string },
  events: readonly TableEvent[],
  security: RowSecurity | undefined,
): Promise<Sees | undefined> {
  if (viewer.rows === 'all') return { columns: undefined, of: (row, version) => row[version] !== undefined, doubt: '' };
  if (viewer.rows === 'filter') {
    const doubt = `column "${viewer.column}" of a row is missing in the log`;
    return { columns: undefined, of: (row, version) => hasValue(row, version, viewer), doubt };
  }
  if (!security) throw new Error('row level security is not configured');
  return secured(viewer, table, events, security);
}

function hasValue(
  row: ChangedRow,
  version: 'before' | 'after',
  { column, value }: Extract<Viewer, { rows: 'filter' }>,
): boolean | undefined {
  const values = row[version];
  if (!values) return false;
  const index = row.description.columns.indexOf(column);
  const found = values[index];
  return found === undefined || typeof found === 'symbol' ? undefined : found === value;
}

async function secured(
  { identity }: Extract<Viewer, { rows: 'security' }>,
  table: { readonly oid: number; readonly sql: string; readonly name: string },
  events: readonly TableEvent[],
  security: RowSecurity,
): Promise<Sees | undefined> {
  const rows = events.flatMap((event) => ('row' in event ? [event.row] : []));
  const answers = {
    before: new Map<ChangedRow, boolean | undefined>(),
    after: new Map<ChangedRow, boolean | undefined>(),
  };
  let columns: ReadonlySet<string> | undefined;
  let doubt = '';
  // Rows from before and after a change of the table have different columns.
  for (const part of groupsOf(rows)) {
    const versions = part.flatMap((row) =>
      (['before', 'after'] as const).flatMap((version) => {
        const values = row[version];
        return values ? [{ row, version, values }] : [];
      }),
    );
    const names = part[0]?.description.columns ?? [];
    const values = versions.map((version) => version.values);
    const sight = await security.see(identity, { ...table, columns: names }, values);
    columns = columns?.intersection(sight.columns) ?? sight.columns;
    doubt = sight.doubt ?? doubt;
    for (const [index, { row, version }] of versions.entries()) answers[version].set(row, sight.rows[index]);
  }
  columns ??= (await security.see(identity, { ...table, columns: [] }, [])).columns;
  if (columns.size === 0) return undefined;
  return {
    columns,
    of: (row, version) => (row[version] ? answers[version].get(row) : false),
    doubt,
  };
}

function groupsOf(rows: readonly ChangedRow[]): ChangedRow[][] {
  const groups: ChangedRow[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0]?.description === row.description) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

function operationFor(
  { kind }: ChangedRow,
  before: boolean | undefined,
  after: boolean | undefined,
): Operation | 'unknown' | undefined {
  if (kind === 'insert') return after === undefined ? 'unknown' : after ? 'insert' : undefined;
  if (kind === 'delete') return before === undefined ? 'unknown' : before ? 'delete' : undefined;
  if (before === undefined || after === undefined) return 'unknown';
  if (before) return after ? 'update' : 'delete';
  return after ? 'insert' : undefined;
}
