import type { HeadElement, Payload, Serializer } from '@pgwamp/protocol';
import { Frame, MessageType } from '@pgwamp/protocol';
import type { EventIdentity, Publication } from './event.ts';
import type { Subscription } from './subscription.ts';

/**
 * The elements of EVENT before the payload. If the subscription is a pattern, the details contain the topic.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pattern-based-subscription
 */
export function eventHead({ id, topic, details }: EventIdentity, { id: subscription, match }: Subscription) {
  return [MessageType.EVENT, subscription, id, match === 'exact' ? details : { ...details, topic }];
}

/** One EVENT of one subscription. It is serialized once per serializer, however many sessions receive it. */
class EventFrames {
  readonly #head: readonly HeadElement[];
  readonly #payload: Payload;
  readonly #onError: (error: Error) => void;
  #serializer: Serializer | undefined;
  #frame: Frame | undefined;
  /** Created only if the receivers use several serializers, which is rare. */
  #frames: Map<Serializer, Frame | undefined> | undefined;

  constructor(head: readonly HeadElement[], payload: Payload, onError: (error: Error) => void) {
    this.#head = head;
    this.#payload = payload;
    this.#onError = onError;
  }

  /**
   * The frame for a session; `undefined` if the payload cannot be written in its format. That error is reported once.
   */
  for(serializer: Serializer): Frame | undefined {
    if (serializer === this.#serializer) return this.#frame;
    if (this.#serializer !== undefined) this.#frames ??= new Map([[this.#serializer, this.#frame]]);
    const frame = this.#frames?.has(serializer) ? this.#frames.get(serializer) : this.#write(serializer);
    this.#frames?.set(serializer, frame);
    this.#serializer = serializer;
    this.#frame = frame;
    return frame;
  }

  #write(serializer: Serializer): Frame | undefined {
    try {
      return new Frame(serializer.encode(this.#head, this.#payload));
    } catch (error) {
      this.#onError(error as Error);
      return undefined;
    }
  }
}

/**
 * Sends an event to the subscribers of a subscription that belong to the audience.
 *
 * @returns the number of receivers
 */
export function deliver(publication: Publication, subscription: Subscription, onError: (error: Error) => void): number {
  const { payload, audience } = publication;
  const frames = new EventFrames(eventHead(publication, subscription), payload, onError);
  let count = 0;
  for (const session of subscription.subscribers) {
    if (!audience(session)) continue;
    const frame = frames.for(session.serializer);
    if (frame === undefined) continue;
    session.sendFrame(frame);
    count++;
  }
  return count;
}
