import type { Refused } from '@pgwamp/core';
import type { WalTable } from '@pgwamp/core/internal/sources';
import type { Formattable } from './change.ts';

/** The content of a message for a broker. */
export interface Content {
  readonly payload: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The reason why it cannot be sent. */
  readonly refusal?: Refused | undefined;
}

/**
 * Writes messages of a source for a broker. A format may buffer a transaction, so each reader of a source has its own
 * instance.
 */
export interface Format {
  /**
   * Reads the required data of a table; undefined if there is nothing to read. Called before the first change of a
   * table is written.
   */
  prepare?(table: WalTable): Promise<void> | undefined;
  /** Writes a message; undefined if it has no representation in this format. */
  write(message: Formattable): Content | undefined;
}
