import { type Connection, type Lsn, lsnText, parseLsn } from '@pgwamp/core/internal/postgres';
import { greatest } from './positions.ts';

/** The position up to which each sink has everything. */
export type Positions = Map<string, Lsn>;

/**
 * The cursors of a Proxy in `crossbar._proxy_cursor`. Without them, a restart begins at the position of the slowest
 * sink, and the other sinks receive repeats.
 */
export class Cursors {
  readonly #connection: Connection;
  readonly #proxy: string;
  readonly #positions: Positions;
  readonly #changed = new Set<string>();
  /** The sinks that were rewound since the last time. */
  readonly rewound: readonly string[];

  private constructor(connection: Connection, proxy: string, positions: Positions, rewound: readonly string[]) {
    this.#connection = connection;
    this.#proxy = proxy;
    this.#positions = positions;
    this.rewound = rewound;
  }

  /**
   * Reads the cursors.
   *
   * @param sinks the sinks of the configuration; a sink without a cursor starts where the slot starts.
   * @param known positions of this process, newer than the stored ones; the position of a sink that was rewound in the
   *   meantime is ignored.
   */
  static async read(
    connection: Connection,
    proxy: string,
    sinks: readonly string[],
    start: Lsn,
    known: ReadonlyMap<string, Lsn>,
  ): Promise<Cursors> {
    await connection.query('DELETE FROM crossbar._proxy_cursor WHERE proxy = $1 AND NOT sink = ANY ($2)', [
      proxy,
      sinks,
    ]);
    const rows = await connection.query<{ sink: string; position: string; rewound: boolean }>(
      `WITH seen AS (UPDATE crossbar._proxy_cursor SET rewound = false WHERE proxy = $1 AND rewound RETURNING sink)
       SELECT cursor.sink, cursor.position::text AS position, seen.sink IS NOT NULL AS rewound
       FROM crossbar._proxy_cursor AS cursor LEFT JOIN seen USING (sink) WHERE cursor.proxy = $1`,
      [proxy],
    );
    const positions: Positions = new Map();
    for (const sink of sinks) {
      const row = rows.find((it) => it.sink === sink);
      const written = row ? parseLsn(row.position) : start;
      positions.set(sink, greatest([start, written, row?.rewound ? 0n : (known.get(sink) ?? 0n)]));
    }
    const rewound = rows.flatMap((row) => (row.rewound ? [row.sink] : []));
    return new Cursors(connection, proxy, positions, rewound);
  }

  /** The present positions; they advance while messages are delivered. */
  get positions(): ReadonlyMap<string, Lsn> {
    return this.#positions;
  }

  /** Notes that a sink has everything up to a position. */
  move(sink: string, position: Lsn): void {
    this.#positions.set(sink, position);
    this.#changed.add(sink);
  }

  /**
   * Stores the positions that have advanced. A cursor that crossbar.rewind_proxy has moved back in the meantime keeps
   * that position.
   */
  async save(): Promise<void> {
    const sinks = [...this.#changed];
    if (sinks.length === 0) return;
    this.#changed.clear();
    await this.#connection.query(
      `INSERT INTO crossbar._proxy_cursor AS cursor (proxy, sink, position)
       SELECT $1, * FROM unnest($2::text[], $3::pg_lsn[])
       ON CONFLICT (proxy, sink) DO UPDATE SET position = excluded.position, moved_at = now()
         WHERE NOT cursor.rewound AND cursor.position <> excluded.position`,
      [this.#proxy, sinks, sinks.map((sink) => lsnText(this.#positions.get(sink) ?? 0n))],
    );
  }
}
