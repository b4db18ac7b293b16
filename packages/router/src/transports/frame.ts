import type { Content } from '../serializer/serializer.ts';

/** Puts a frame into the form in which one kind of transport writes it. */
export type Framing = (content: Content) => Uint8Array;

/** One outgoing frame, which any number of transports share. */
export class Frame {
  readonly content: Content;
  #framing: Framing | undefined;
  #wire: Uint8Array | undefined;

  constructor(content: Content) {
    this.content = content;
  }

  /** The bytes to write: made for the first receiver, shared by all the others on the same kind of transport. */
  wire(framing: Framing): Uint8Array {
    if (this.#wire === undefined || this.#framing !== framing) {
      this.#wire = framing(this.content);
      this.#framing = framing;
    }
    return this.#wire;
  }
}
