import type { RowConsumer } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type PayloadText, rowPayload, WholeResult } from '../statements/result-payload.ts';

/** Sends a progressive result. Resolves when the WAMP session accepts more. */
export type Progress = (row: PayloadText) => Promise<void>;

/** Creates the result of a function that returns a set, from the rows of one attempt. */
export interface RowCollector {
  /** Receives rows as they arrive. */
  readonly rows: RowConsumer;
  /** Whether a result was sent to the caller. Then the call cannot be repeated. */
  readonly begun: boolean;
  /** Returns the result of the committed transaction. */
  payload(): PayloadText;
}

/** Collects all rows in one result. */
export class WholeCollector implements RowCollector {
  readonly begun = false;
  readonly rows: RowConsumer;
  readonly #whole: WholeResult;

  /** @param limit size limit of the result, in characters. */
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

/** Sends a progressive result for every row, and an empty final result. */
export class ProgressiveCollector implements RowCollector {
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
