/** An item of an array or a composite value: text, NULL, or a nested array. */
export type Item = string | null | readonly Item[];

/**
 * Parses PostgreSQL's text of an array with any number of dimensions.
 *
 * @param text such as `{1,NULL,"a b"}` or `[0:1]={1,2}`; bounds are dropped.
 * @param delimiter a comma for all built-in types except `box`.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function readArray(text: string, delimiter = ','): readonly Item[] {
  // Only bounds can precede the first brace.
  return new ItemReader(text, text.indexOf('{')).array(delimiter);
}

/**
 * Parses PostgreSQL's text of a composite value.
 *
 * @param text such as `(1,"a b",)`, where an empty item is NULL.
 * @see https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
 */
export function readComposite(text: string): readonly (string | null)[] {
  return new ItemReader(text, 0).composite();
}

class ItemReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
  }

  array(delimiter: string): readonly Item[] {
    const items: Item[] = [];
    this.#at += 1;
    if (this.#text[this.#at] === '}') this.#at += 1;
    else {
      do items.push(this.#item(delimiter));
      while (this.#text[this.#at++] === delimiter);
    }
    return items;
  }

  composite(): readonly (string | null)[] {
    const items: (string | null)[] = [];
    // A row type without columns is written as `()`, like one whose only column is NULL. A caller that knows the
    // columns ignores the extra item.
    do {
      this.#at += 1;
      const next = this.#text[this.#at];
      if (next === ',' || next === ')') items.push(null);
      else items.push(next === '"' ? this.#quoted() : this.#plain(/[,)]/g));
    } while (this.#text[this.#at] === ',');
    return items;
  }

  #item(delimiter: string): Item {
    const next = this.#text[this.#at];
    if (next === '{') return this.array(delimiter);
    if (next === '"') return this.#quoted();
    const plain = this.#plain(delimiter === ';' ? /[;}]/g : /[,}]/g);
    return plain === 'NULL' ? null : plain;
  }

  #plain(end: RegExp): string {
    const start = this.#at;
    end.lastIndex = start;
    this.#at = end.exec(this.#text)?.index ?? this.#text.length;
    return this.#text.slice(start, this.#at);
  }

  /** Quotation marks and backslashes are escaped by a backslash, or doubled in composite values. */
  #quoted(): string {
    const special = /["\\]/g;
    let value = '';
    for (let from = this.#at + 1; ; ) {
      special.lastIndex = from;
      const index = special.exec(this.#text)?.index ?? this.#text.length;
      value += this.#text.slice(from, index);
      const isEscape = this.#text[index] === '\\' || this.#text[index + 1] === '"';
      if (!isEscape) {
        this.#at = index + 1;
        return value;
      }
      value += this.#text[index + 1];
      from = index + 2;
    }
  }
}
