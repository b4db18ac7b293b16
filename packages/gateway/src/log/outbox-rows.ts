import { type Publication, parsePublication } from '@pgwamp/core/internal/sources';
import type { LogMessage, TableChange } from './log-decoder.ts';

/** The table of publications with delivery "outbox". */
export const outbox = { schema: 'crossbar', table: 'outbox' } as const;

/** Finds publications among rows of the outbox. A publication has one row per realm, directly after each other. */
export class OutboxRows {
  #last: string | undefined;

  /**
   * @returns `too_large` for a row that was not read, so that its topic is unknown; undefined for a row without a new
   *   publication.
   */
  publicationOf({ id, size, change }: LogMessage): Publication | 'too_large' | undefined {
    if (change === undefined || !isOfOutbox(change)) return undefined;
    if (change.kind === 'too_large') return change.operation === 'insert' ? 'too_large' : undefined;
    if (change.kind !== 'insert') return undefined;
    const { columns } = change.table;
    const valueOf = (name: string) => change.new?.[columns.findIndex((column) => column.name === name)];
    const [number, content] = [valueOf('id'), valueOf('content')];
    if (typeof number !== 'string' || typeof content !== 'string' || number === this.#last) return undefined;
    this.#last = number;
    return parsePublication(id, '', content, size, true);
  }
}

function isOfOutbox(change: TableChange): change is Exclude<TableChange, { readonly kind: 'truncate' }> {
  return change.kind !== 'truncate' && change.table.table === outbox.table && change.table.schema === outbox.schema;
}
