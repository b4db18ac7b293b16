/** The kinds of ids that the router draws; ids are unique within a kind. */
type DrawnKind = 'session' | 'subscription' | 'registration' | 'publication';

/** An id that the router draws. The model knows which ids have to be the same one, never what they are. */
export class Drawn {
  readonly #name: string;
  readonly kind: DrawnKind;

  constructor(kind: DrawnKind, ordinal: number) {
    this.kind = kind;
    this.#name = `<${kind} ${ordinal}>`;
  }

  toJSON(): string {
    return this.#name;
  }
}

/** Gives out ids that are all different. */
export class Draw {
  #last = 0;

  next(kind: DrawnKind): Drawn {
    this.#last++;
    return new Drawn(kind, this.#last);
  }
}

/** Matches whatever the router says. */
export const ANYTHING = Object.freeze({ toJSON: () => '<anything>' });

/** Matches the Arguments of an error of the router's own: one sentence for people. */
export const WORDS = Object.freeze({ toJSON: () => '<words>' });
