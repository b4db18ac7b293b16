// Small chunks are joined: if each byte of a message arrived alone, separate chunks would take a hundred times its
// size.
const LARGEST_JOINED = 16_384;

/** A queue of received bytes, which can be taken out in pieces of any length. */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length + chunk.length > LARGEST_JOINED) this.#chunks.push(chunk);
    else this.#chunks[this.#chunks.length - 1] = Buffer.concat([last, chunk]);
  }

  /**
   * Removes and returns the next `length` bytes. The queue must hold that many. Does not copy if they arrived in one
   * chunk.
   */
  take(length: number): Buffer {
    this.#size -= length;
    const [first] = this.#chunks;
    if (first === undefined || first.length < length) return this.#gather(length);
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    return first.subarray(0, length);
  }

  /** Returns the next `length` bytes without removing them. The queue must hold that many. */
  peek(length: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return (this.#chunks[0] ?? first).subarray(0, length);
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  #gather(length: number): Buffer {
    const taken = Buffer.concat(this.#chunks, length);
    let used = 0;
    let rest = length;
    for (const chunk of this.#chunks) {
      if (chunk.length > rest) break;
      rest -= chunk.length;
      used++;
    }
    this.#chunks.splice(0, used);
    const [first] = this.#chunks;
    if (first !== undefined && rest > 0) this.#chunks[0] = first.subarray(rest);
    return taken;
  }
}
