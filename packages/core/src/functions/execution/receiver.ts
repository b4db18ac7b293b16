import type { RowConsumer } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type PayloadText, type ResultRow, rowPayload, WholeResult } from '../statements/result-payload.ts';

/** Characters that the rows of a call may have when they become one result: it has to fit into memory, and into one message. */
const largestResult = 64 * 1024 * 1024;

/** Sends a progressive result; resolves when the session takes more. */
export type Progress = (row: PayloadText) => Promise<void>;

/** Makes the result of what PostgreSQL answers to one try of a call. */
export interface Receiver {
  /** Takes rows as they come; undefined where there is one at most. */
  readonly rows?: RowConsumer;
  /** Whether something was sent to the caller, so that the call cannot be tried again. */
  readonly begun: boolean;
  /** The result, once the transaction is committed; `row` is the last one that was not streamed. */
  payload(row: ResultRow): PayloadText;
}

/** The receiver that a function needs. */
export function receiverFor(routine: Routine, progress: Progress | undefined): Receiver {
  if (routine.result.shape !== 'rows') return new RowReceiver(routine);
  return progress ? new ProgressiveReceiver(routine, progress) : new RowsReceiver(routine);
}

class RowReceiver implements Receiver {
  readonly begun = false;
  readonly #routine: Routine;

  constructor(routine: Routine) {
    this.#routine = routine;
  }

  payload(row: ResultRow): PayloadText {
    return rowPayload(this.#routine, row);
  }
}

/** All rows in one result. */
class RowsReceiver implements Receiver {
  readonly begun = false;
  readonly rows: RowConsumer;
  readonly #whole: WholeResult;

  constructor(routine: Routine) {
    this.#whole = new WholeResult(routine, largestResult);
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
class ProgressiveReceiver implements Receiver {
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
