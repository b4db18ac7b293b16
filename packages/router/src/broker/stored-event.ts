import type { Dict, Payload } from '@pgwamp/protocol';
import { detach } from '@pgwamp/protocol/internal';
import type { Session } from '../session/session.ts';
import { type Audience, audienceKey, lastingAudienceOf } from './audience.ts';
import type { Publication } from './deliver.ts';

/** An event that is kept after it has been delivered: who may receive it later has been settled now. */
export interface StoredEvent {
  readonly id: number;
  readonly topic: string;
  readonly details: Dict;
  readonly payload: Payload;
  /** Roughly what it takes to keep it. */
  readonly bytes: number;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  readonly audience: Audience;
  /** The same for events with the same audience, and empty if that is everybody. */
  readonly audienceKey: string;
  /** The part of the audience that is not of particular sessions. */
  readonly lastingAudience: Audience;
}

export function storedEvent(publication: Publication, options: Dict, { serializer }: Session): StoredEvent {
  const { id, topic, details, audience } = publication;
  const [payload, size] = detach(publication.payload, serializer);
  const key = audienceKey(options);
  const bytes = size + topic.length + key.length;
  const lastingAudience = lastingAudienceOf(options);
  return { id, topic, details, payload, bytes, time: Date.now(), audience, audienceKey: key, lastingAudience };
}
