import type { Formattable } from './change.ts';
import type { Content, Format } from './format.ts';

/** The unchanged text of the source: the payload of a NOTIFY, a stored message, or a line of a wal2json slot. */
export class RawFormat implements Format {
  readonly #contentType: string | undefined;

  /** @param contentType the content type; without one, it depends on whether the text begins like JSON. */
  constructor(contentType?: string) {
    this.#contentType = contentType;
  }

  write({ payload, change }: Formattable): Content | undefined {
    if (change) return undefined;
    const text = payload.toString();
    return { payload: text, contentType: this.#contentType ?? contentTypeOf(text) };
  }
}

/** Guesses the content type of a text: JSON if it begins like an object or an array. */
export function contentTypeOf(text: string): string {
  return /^\s*[[{]/.test(text) ? 'application/json' : 'text/plain';
}
