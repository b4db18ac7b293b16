import type { HeadElement, Payload, Serializer } from '../serializer/serializer.ts';
import { Frame } from '../transports/frame.ts';

/** One EVENT of one subscription, written once per serializer however many receive it. */
export class EventFrames {
  readonly #head: readonly HeadElement[];
  readonly #payload: Payload;
  readonly #frames = new Map<Serializer, Frame>();

  constructor(head: readonly HeadElement[], payload: Payload) {
    this.#head = head;
    this.#payload = payload;
  }

  for(serializer: Serializer): Frame {
    const known = this.#frames.get(serializer);
    if (known !== undefined) return known;
    const frame = new Frame(serializer.encode(this.#head, this.#payload));
    this.#frames.set(serializer, frame);
    return frame;
  }
}
