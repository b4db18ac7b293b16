/** Finds the data frames of a server in what a socket receives, and does nothing else with them: a client that costs next to nothing. */
export class FrameReader {
  /** Data frames that have ended. pg_eventserv sends a ping every two seconds. */
  count = 0;
  #rest: Buffer | undefined;
  /** Bytes of the current frame that are still to come. */
  #missing = 0;
  /** Whether the current frame is no ping, pong or close. */
  #isData = false;

  /** @returns the payload of the last frame that began and ended in this piece. */
  push(chunk: Buffer): Buffer | undefined {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let last: Buffer | undefined;
    while (bytes.length > 0) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, bytes.length);
        this.#missing -= taken;
        bytes = bytes.subarray(taken);
        if (this.#missing === 0 && this.#isData) this.count += 1;
        continue;
      }
      const short = (bytes[1] ?? 0) & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < header) {
        this.#rest = bytes;
        break;
      }
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      this.#isData = ((bytes[0] ?? 0) & 0x08) === 0;
      if (this.#isData && bytes.length >= header + length) last = bytes.subarray(header, header + length);
      bytes = bytes.subarray(header);
      this.#missing = length;
      if (length === 0 && this.#isData) this.count += 1;
    }
    return last;
  }
}
