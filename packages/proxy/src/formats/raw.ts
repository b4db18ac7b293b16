import type { Formattable } from './change.ts';
import type { Content, Format } from './format.ts';

/** The text that the source has, as it is: a payload of NOTIFY, a kept message, what a slot of wal2json has written. */
export class RawFormat implements Format {
  readonly #contentType: string | undefined;

  /** @param contentType what a broker is told of it; without one, it is told whether the text begins as JSON does. */
  constructor(contentType?: string) {
    this.#contentType = contentType;
  }

  write({ payload, change }: Formattable): Content | undefined {
    if (change) return undefined;
    const text = payload.toString();
    return { payload: text, contentType: this.#contentType ?? contentTypeOf(text) };
  }
}

/** What a text seems to be: JSON if it begins as an object or a list. */
export function contentTypeOf(text: string): string {
  return /^\s*[[{]/.test(text) ? 'application/json' : 'text/plain';
}
