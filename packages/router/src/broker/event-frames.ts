import type { HeadElement, Payload, Serializer } from '@pgwamp/protocol';
import { Frame } from '@pgwamp/protocol';

/** One EVENT of one subscription, written once per serializer however many receive it. */
export class EventFrames {
  readonly #head: readonly HeadElement[];
  readonly #payload: Payload;
  #serializer: Serializer | undefined;
  #frame: Frame | undefined;
  /** Where there are several serializers, which most events never see. */
  #frames: Map<Serializer, Frame> | undefined;

  constructor(head: readonly HeadElement[], payload: Payload) {
    this.#head = head;
    this.#payload = payload;
  }

  for(serializer: Serializer): Frame {
    if (this.#frame !== undefined && serializer === this.#serializer) return this.#frame;
    const frame = this.#frames?.get(serializer) ?? this.#write(serializer);
    this.#serializer = serializer;
    this.#frame = frame;
    return frame;
  }

  #write(serializer: Serializer): Frame {
    const frame = new Frame(serializer.encode(this.#head, this.#payload));
    if (this.#frame !== undefined && this.#serializer !== undefined) {
      this.#frames ??= new Map([[this.#serializer, this.#frame]]);
      this.#frames.set(serializer, frame);
    }
    return frame;
  }
}
