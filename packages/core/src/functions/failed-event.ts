import type { WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import { type Connection, isServerError } from '../postgres/index.ts';
import { storableJson, storableText } from '../storable.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import type { HandledEvent } from './execution/batch.ts';

/** The result of storing a failed event. */
export interface KeptEvent {
  /**
   * Whether the event is stored. False if another Subscriber of its queue group has handled or stored it. Undefined
   * while another one may be doing so: then the caller has to try again.
   */
  readonly kept: boolean | undefined;
  /**
   * The reason why PostgreSQL cannot store the payload, for example because it is too large for `jsonb`. The rest of
   * the event is stored.
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
  const payload = [event.args, event.kwargs, event.details].map(storable);
  const failure = [storable(error.args), storable(error.kwargs)];
  try {
    return { kept: await insert(connection, endpoint, event, error, [...payload, ...failure]) };
  } catch (refusal) {
    // Storing without the payload only helps if PostgreSQL refused the data or its size.
    if (!isServerError(refusal) || !/^(22|54)/.test(refusal.code ?? '')) throw refusal;
    return { kept: await insert(connection, endpoint, event, error, [null, null, null, '[]', '{}']), refusal };
  }
}

async function insert(
  connection: Connection,
  { id, uri, options }: Endpoint,
  { details }: HandledEvent,
  { error }: WampError,
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
    [id, storableText(String(topic)), publication ?? 0, storableText(error), ...json, group],
  );
  return claim?.claimed ?? undefined;
}

function storable(value: unknown): string {
  return storableJson(stringify(value));
}
