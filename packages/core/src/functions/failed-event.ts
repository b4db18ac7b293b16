import type { WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import { type Connection, isUnstorable } from '../postgres/index.ts';
import { asciiText, storableJson, storableText } from '../storable.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import type { HandledEvent } from './execution/batch.ts';

/** Limit on the length of the error of an event that cannot be stored otherwise, in characters. */
const maxOfError = 2000;

/** The result of storing a failed event. */
export interface KeptEvent {
  /**
   * Whether the event is stored. False if another Subscriber of its queue group has handled or stored it. Undefined
   * while another one may be doing so: then the caller has to try again.
   */
  readonly kept: boolean | undefined;
  /**
   * The reason why PostgreSQL cannot store the payload, for example because it is too large for `jsonb`, or because the
   * encoding of the database cannot represent it. The rest of the event is stored, as ASCII.
   */
  readonly refusal?: Error;
}

/**
 * Stores an event in `crossbar.failed_event` after its handler finally failed. An event of a queue group is only stored
 * if it can be claimed.
 *
 * @throws `DatabaseLostError` if the event may not have been stored; PostgreSQL's own error if it cannot store
 *   anything.
 */
export async function keepFailedEvent(
  connection: Connection,
  endpoint: Endpoint,
  event: HandledEvent,
  error: WampError,
): Promise<KeptEvent> {
  try {
    const json = [event.args, event.kwargs, event.details, error.args, error.kwargs].map(storable);
    return { kept: await insert(connection, endpoint, event, storableText, error.error, json) };
  } catch (refusal) {
    if (!isUnstorable(refusal)) throw refusal;
    const why = asciiText(error.message.slice(0, maxOfError));
    const json = [null, null, null, JSON.stringify([why]), '{}'];
    return { kept: await insert(connection, endpoint, event, asciiText, error.error, json), refusal };
  }
}

async function insert(
  connection: Connection,
  { id, uri, options }: Endpoint,
  { details }: HandledEvent,
  toText: (text: string) => string,
  error: string,
  json: readonly (string | null)[],
): Promise<boolean | undefined> {
  const { topic = uri, publication } = details;
  // An event without an id cannot be claimed. No other Subscriber has it.
  const group = publication === undefined ? null : (options.queue_group ?? null);
  const [claim] = await connection.query<{ claimed: boolean | null }>(
    `WITH claim AS MATERIALIZED (
       SELECT CASE WHEN $10::text IS NULL THEN true ELSE crossbar._claim_failed_event($10, $3) END AS claimed
     ), kept AS (
       INSERT INTO crossbar.failed_event
         (subscription, topic, publication, error, args, kwargs, details, error_args, error_kwargs)
       SELECT $1::bigint, $2, $3::bigint, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb, $9::jsonb FROM claim WHERE claimed
     )
     SELECT claimed FROM claim`,
    [id, toText(String(topic)), publication ?? 0, toText(error), ...json, group],
  );
  return claim?.claimed ?? undefined;
}

function storable(value: unknown): string {
  return storableJson(stringify(value));
}
