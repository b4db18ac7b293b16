import { type Connection, isServerError } from '../database/index.ts';
import type { WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import type { HandledEvent } from './batch.ts';
import type { Endpoint } from './endpoint.ts';
import { storableJson, storableText } from './storable.ts';

/**
 * Keeps an event whose handler failed for good, in `crossbar.failed_event`.
 *
 * @returns why PostgreSQL cannot keep its payload, such as a number that `jsonb` has no room for; the rest of the event is kept then.
 * @throws `DatabaseLostError` if it may not have been kept.
 */
export async function keepFailedEvent(
  connection: Connection,
  endpoint: Endpoint,
  event: HandledEvent,
  error: WampError,
): Promise<Error | undefined> {
  const payload = [event.args, event.kwargs, event.details].map(storable);
  const failure = [storable(error.args), storable(error.kwargs)];
  try {
    await insert(connection, endpoint, event, error, [...payload, ...failure]);
    return undefined;
  } catch (refusal) {
    if (!isServerError(refusal)) throw refusal;
    await insert(connection, endpoint, event, error, [null, null, null, '[]', '{}']);
    return refusal;
  }
}

async function insert(
  connection: Connection,
  { id, uri }: Endpoint,
  { details }: HandledEvent,
  { error }: WampError,
  json: readonly (string | null)[],
): Promise<void> {
  const { topic = uri, publication = 0 } = details;
  await connection.query(
    `INSERT INTO crossbar.failed_event
       (subscription, topic, publication, error, args, kwargs, details, error_args, error_kwargs)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, storableText(String(topic)), publication, storableText(error), ...json],
  );
}

function storable(value: unknown): string {
  return storableJson(stringify(value));
}
