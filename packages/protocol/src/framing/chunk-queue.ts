// A message that trickles in byte by byte would otherwise take a hundred times its size.
const LARGEST_JOINED = 16_384;

/** Bytes as they came in, to be taken out in other portions. */
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

  /** The next `length` bytes, of which there must be as many; not copied if they came in one piece. */
  take(length: number): Buffer {
    this.#size -= length;
    const [first] = this.#chunks;
    if (first === undefined || first.length < length) return this.#gather(length);
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    return first.subarray(0, length);
  }

  /** The next `length` bytes, of which there must be as many, without taking them. */
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
