import type { Parser } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import { faultOfParts, parsePublication } from '@pgwamp/core/internal/sources';
import type { TopicMessage } from './source-message.ts';

/** When a publication was committed, as far as it is known while it is read. */
export interface Moment {
  readonly committedAt: number | undefined;
  readonly position: Lsn | undefined;
}

const unknownMoment: Moment = { committedAt: undefined, position: undefined };

/**
 * Makes messages of the texts of `crossbar._content_of_publication`: topic, options, args and kwargs, a line each. What is JSON stays text.
 *
 * @param moment tells of the transaction that is being read.
 */
export function topicParser(moment: (id: string) => Moment = () => unknownMoment): Parser<TopicMessage> {
  return (...text) => {
    const publication = parsePublication(...text);
    const { id, channel, options, args, kwargs } = publication;
    const refusal = publication.refusal ?? faultOfParts(publication);
    const payload = refusal ? publication.payload : `{"args":${args || '[]'},"kwargs":${kwargs || '{}'}}`;
    return {
      kind: 'topic',
      id,
      channel,
      payload,
      size: refusal ? publication.size : Buffer.byteLength(payload),
      refusal,
      options,
      args,
      kwargs,
      source: '',
      receivedAt: Date.now(),
      ...moment(id),
    };
  };
}
