import type { Content } from '../serializers/serializer.ts';

/** Encodes the content of a frame for one kind of transport. */
export interface Framing {
  /** The size of the frame, in bytes. */
  sizeOf(content: Content): number;
  /** Writes the frame at an offset. `size` is the result of {@link sizeOf}. */
  write(content: Content, into: Buffer, at: number, size: number): void;
}

/**
 * One outgoing frame, which any number of transports can share.
 *
 * @example
 * ```ts
 * const frame = new Frame('[36,1,2,{}]');
 * frame.size(framing); // 13, with the 2 bytes before a short message of a WebSocket
 * for (const socket of sockets) socket.write(frame.wire(framing)); // framed once
 * ```
 */
export class Frame {
  readonly content: Content;
  #framing: Framing | undefined;
  #size = 0;
  #wire: Buffer | undefined;
  #others: Map<Framing, Buffer> | undefined;

  constructor(content: Content) {
    this.content = content;
  }

  /** The size in bytes. It is computed once for all receivers on the same kind of transport. */
  size(framing: Framing): number {
    if (this.#framing === framing) return this.#size;
    const size = framing.sizeOf(this.content);
    if (this.#framing === undefined) {
      this.#framing = framing;
      this.#size = size;
    }
    return size;
  }

  /** The bytes to write. They are encoded once and shared by all receivers on the same kind of transport. */
  wire(framing: Framing): Buffer {
    const known = this.#framing === framing ? this.#wire : this.#others?.get(framing);
    if (known !== undefined) return known;
    const size = this.size(framing);
    const wire = Buffer.allocUnsafe(size);
    framing.write(this.content, wire, 0, size);
    if (this.#framing === framing) {
      this.#wire = wire;
    } else {
      this.#others ??= new Map();
      this.#others.set(framing, wire);
    }
    return wire;
  }
}
