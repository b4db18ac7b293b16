import { type Dict, EMPTY_DICT, type Payload } from '@pgwamp/protocol';
import { detach } from '@pgwamp/protocol/internal';
import type { Session } from '../session/session.ts';
import { type Audience, audienceBytes, audienceKey, lastingAudienceOf } from './audience.ts';

/** The data of an EVENT before its payload. */
export interface EventIdentity {
  /** The publication id. */
  readonly id: number;
  readonly topic: string;
  readonly details: Dict;
}

/** A publication during its delivery to the matching subscriptions. */
export interface Publication extends EventIdentity {
  readonly payload: Payload;
  readonly audience: Audience;
}

/** A publication that is kept after its delivery. Its audience is that of the time of publication. */
export interface StoredEvent extends Publication {
  /** The approximate size in memory. */
  readonly bytes: number;
  /** The time of publication, in milliseconds since 1970. */
  readonly time: number;
  /** Equal for events with the same audience; empty if the audience is everybody. */
  readonly audienceKey: string;
  /** The audience without its lists of sessions. */
  readonly lastingAudience: Audience;
}

export function storedEvent(publication: Publication, options: Dict, { serializer }: Session): StoredEvent {
  const { id, topic, details, audience } = publication;
  const [payload, size] = detach(publication.payload, serializer);
  const key = audienceKey(options);
  const detailsSize = details === EMPTY_DICT ? 0 : JSON.stringify(details).length;
  const bytes = size + topic.length + key.length + detailsSize + audienceBytes(options);
  const lastingAudience = lastingAudienceOf(options);
  return { id, topic, details, payload, bytes, time: Date.now(), audience, audienceKey: key, lastingAudience };
}
