import type { Refused } from '@pgwamp/core';
import type { WalTable } from '@pgwamp/core/internal/sources';
import type { Formattable } from './change.ts';

/** What a broker gets of a message. */
export interface Content {
  readonly payload: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Why it cannot be sent. */
  readonly refusal?: Refused | undefined;
}

/** Writes messages of a source for a broker. It may remember a transaction, so that each reader of a source has one of its own. */
export interface Format {
  /** Looks up what it has to know of a table; undefined if it needs nothing. Called before the first change of a table is written. */
  prepare?(table: WalTable): Promise<void> | undefined;
  /** Writes a message, or nothing: not everything that the log has means something in every format. */
  write(message: Formattable): Content | undefined;
}
