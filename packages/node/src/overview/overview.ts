/** One line of an overview: a component, a realm, an endpoint or a slot. */
export interface OverviewRow {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  /** Whether everything works in this state. */
  readonly isFine: boolean;
  /** Total publications, events or calls, if they are counted; used for rates. */
  readonly total?: number;
  /** Total refused, failed or dropped messages. */
  readonly failed?: number;
  /** Waiting work, such as `12 kB of WAL` or `3 in flight`. */
  readonly waiting?: string;
}

/** The state of a node or a database at one moment. */
export interface Overview {
  /** The origin of the data. */
  readonly source: string;
  readonly rows: readonly OverviewRow[];
}

/** A row with its rate since the former overview. */
export interface RatedRow extends OverviewRow {
  /** Per second. */
  readonly rate?: number;
}

/** Adds the rates since a former overview. */
export function withRates(now: Overview, before: Overview | undefined, seconds: number): RatedRow[] {
  const former = new Map(before?.rows.map((row) => [`${row.kind} ${row.name}`, row.total]));
  return now.rows.map((row) => {
    const was = former.get(`${row.kind} ${row.name}`);
    if (was === undefined || row.total === undefined || seconds <= 0) return row;
    // A restarted component counts from zero.
    return { ...row, rate: Math.max(0, row.total - was) / seconds };
  });
}

/** Formats the rows as a table without empty columns. */
export function overviewTable(rows: readonly RatedRow[]): string {
  const columns: readonly [string, 'left' | 'right', (row: RatedRow) => string][] = [
    ['KIND', 'left', ({ kind }) => kind],
    ['NAME', 'left', ({ name }) => name],
    ['STATE', 'left', ({ state }) => state],
    ['PER SECOND', 'right', ({ rate }) => (rate === undefined ? '' : rate.toFixed(rate < 10 ? 1 : 0))],
    ['TOTAL', 'right', ({ total }) => total?.toLocaleString('en') ?? ''],
    ['FAILED', 'right', ({ failed }) => failed?.toLocaleString('en') ?? ''],
    ['WAITING', 'left', ({ waiting = '' }) => waiting],
  ];
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, , cell]) => cell(row)))];
  const isUsed = columns.map((_, column) => rows.length === 0 || lines.slice(1).some((line) => line[column] !== ''));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return columns[column]?.[1] === 'right' ? cell.padStart(width) : cell.padEnd(width);
        })
        .filter((_, column) => isUsed[column])
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
