import type { RowConsumer } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type PayloadText, type ResultRow, rowPayload, WholeResult } from '../statements/result-payload.ts';

/** Sends a progressive result; resolves when the session takes more. */
export type Progress = (row: PayloadText) => Promise<void>;

/** Makes the result of a call from the answer of PostgreSQL to one attempt. */
export interface ResultCollector {
  /** Takes rows as they come; undefined where there is one at most. */
  readonly rows?: RowConsumer;
  /** Whether something was sent to the caller, so that the call cannot be tried again. */
  readonly begun: boolean;
  /** The result, once the transaction is committed; `row` is the last one that was not streamed. */
  payload(row: ResultRow): PayloadText;
}

/**
 * The collector that a function needs.
 *
 * @param limit characters that rows may have when they become one result.
 */
export function collectorFor(routine: Routine, progress: Progress | undefined, limit: number): ResultCollector {
  if (routine.result.shape !== 'rows') return { begun: false, payload: (row) => rowPayload(routine, row) };
  return progress ? new ProgressiveCollector(routine, progress) : new RowsCollector(routine, limit);
}

/** All rows in one result. */
class RowsCollector implements ResultCollector {
  readonly begun = false;
  readonly rows: RowConsumer;
  readonly #whole: WholeResult;

  constructor(routine: Routine, limit: number) {
    this.#whole = new WholeResult(routine, limit);
    this.rows = async (rows) => {
      this.#whole.add(rows);
      return true;
    };
  }

  payload(): PayloadText {
    return this.#whole.payload();
  }
}

/** A progressive result for every row, and an empty one at the end. */
class ProgressiveCollector implements ResultCollector {
  readonly rows: RowConsumer;
  #begun = false;

  constructor(routine: Routine, progress: Progress) {
    this.rows = async (rows) => {
      this.#begun = true;
      for (const row of rows) await progress(rowPayload(routine, row));
      return true;
    };
  }

  get begun(): boolean {
    return this.#begun;
  }

  payload(): PayloadText {
    return { args: '[]', kwargs: '' };
  }
}
