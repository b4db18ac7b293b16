import type { Content } from '../serializers/serializer.ts';

/** Encodes the content of a frame for one kind of transport. */
export type Framing = (content: Content) => Uint8Array;

/**
 * One outgoing frame, which any number of transports can share.
 *
 * @example
 * ```ts
 * const frame = new Frame('[36,1,2,{}]');
 * for (const socket of sockets) socket.write(frame.wire(framing)); // framed once
 * ```
 */
export class Frame {
  readonly content: Content;
  #framing: Framing | undefined;
  #wire: Uint8Array | undefined;
  #others: Map<Framing, Uint8Array> | undefined;

  constructor(content: Content) {
    this.content = content;
  }

  /** The bytes to write. They are encoded once and shared by all receivers on the same kind of transport. */
  wire(framing: Framing): Uint8Array {
    if (this.#wire === undefined) {
      this.#framing = framing;
      this.#wire = framing(this.content);
    }
    return this.#framing === framing ? this.#wire : this.#otherWire(framing);
  }

  #otherWire(framing: Framing): Uint8Array {
    this.#others ??= new Map();
    const known = this.#others.get(framing);
    if (known !== undefined) return known;
    const wire = framing(this.content);
    this.#others.set(framing, wire);
    return wire;
  }
}
