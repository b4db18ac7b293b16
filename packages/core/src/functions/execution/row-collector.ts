import type { RowConsumer } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type PayloadText, rowPayload, WholeResult } from '../statements/result-payload.ts';

/** Sends a progressive result. Resolves when the WAMP session accepts more. */
export type Progress = (row: PayloadText) => Promise<void>;

/** Creates the result of a call from the rows of one attempt. */
export interface RowCollector {
  /** Receives rows as they arrive. */
  readonly rows: RowConsumer;
  /** Whether a result was sent to the caller. Then the call cannot be repeated. */
  readonly begun: boolean;
  /** Returns the result of the committed transaction. */
  payload(): PayloadText;
}

/**
 * Creates the collector for a function that returns a set; undefined for any other function.
 *
 * @param limit size limit of all rows in one result, in characters.
 */
export function collectorFor(
  routine: Routine,
  progress: Progress | undefined,
  limit: number,
): RowCollector | undefined {
  if (routine.result.shape !== 'rows') return undefined;
  return progress ? new ProgressiveCollector(routine, progress) : new WholeCollector(routine, limit);
}

/** Collects all rows in one result. */
class WholeCollector implements RowCollector {
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

/** Sends a progressive result for every row, and an empty final result. */
class ProgressiveCollector implements RowCollector {
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
