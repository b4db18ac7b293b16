import type { WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import { type Connection, isServerError } from '../postgres/index.ts';
import { storableJson, storableText } from '../storable.ts';
import type { Endpoint } from './endpoints/endpoint.ts';
import type { HandledEvent } from './execution/batch.ts';

/** What became of a failed event. */
export interface KeptEvent {
  /**
   * Whether it is kept. False if another Subscriber of its queue group has handled or kept it, undefined while one may be doing so: then
   * it has to be asked again.
   */
  readonly kept: boolean | undefined;
  /** Why PostgreSQL cannot keep its payload, which is larger than `jsonb` may be for example; the rest of the event is kept then. */
  readonly refusal?: Error;
}

/**
 * Keeps an event whose handler failed for good, in `crossbar.failed_event`; one of a queue group only if it can claim it.
 *
 * @throws `DatabaseLostError` if it may not have been kept; PostgreSQL's own error if it refuses to store anything.
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
    // Another form is of use only where it is the data that was refused, or their size.
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
  // One without an id cannot be claimed, and is nobody else's.
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
