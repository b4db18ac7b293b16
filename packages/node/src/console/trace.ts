import { counted } from '@pgwamp/config';
import { type Connection, type Lsn, lsnText, parseLsn } from '@pgwamp/core/internal/postgres';
import type { FoundPublication } from '../workers/messages.ts';
import { type Facts, type ReaderFact, readFacts } from './trace-facts.ts';

/** One station of a message, and its state there. */
interface TraceStep {
  /** The kind of the station, such as `Publisher`, and its name. */
  readonly place: string;
  readonly name: string;
  /** `unknown` if no stored data shows it. */
  readonly state: 'written' | 'acknowledged' | 'passed' | 'waiting' | 'refused' | 'parked' | 'failed' | 'unknown';
  /** A description of the known facts. */
  readonly known: string;
}

/** The trace of one message through a database and its readers. */
export interface Trace {
  /** The position in the log; undefined if it is not in the log, or unknown. */
  readonly position?: string;
  /** The publication id of the router. */
  readonly publication?: string;
  readonly steps: readonly TraceStep[];
}

/** Finds a publication in the memory of a running Publisher. */
export type FindPublication = (key: string) => Promise<FoundPublication | undefined>;

/** A position, with the index that row changes have. */
const positionText = /^([0-9A-F]{1,8}\/[0-9A-F]{1,8})(?:\/[0-9a-z]+)?$/i;

/**
 * Traces a message with the data of the database, the acknowledgements of routers, the Subscribers, the Proxies and the
 * readers of the log.
 *
 * @param asked a position of the log, the number that `crossbar.publish` has returned, or the publication id of an
 *   event.
 * @throws `RangeError` if it is none of these.
 */
export async function traceMessage(connection: Connection, asked: string, find: FindPublication): Promise<Trace> {
  const [, positionAsked] = positionText.exec(asked) ?? [];
  if (positionAsked === undefined && !isNumber(asked)) {
    throw new RangeError(
      `"${asked}" is not a message: write a position of the log (0/16B3748), the number that crossbar.publish returned, or the ` +
        'publication id of an event',
    );
  }
  const key = positionAsked === undefined ? await keyOf(connection, asked, find) : positionAsked.toUpperCase();
  const facts = await readFacts(connection, key);
  const found = await findByAnyName(facts, find);
  const publication = facts.outcomes.find((it) => it.publication)?.publication ?? found?.publication.toString();
  const failures = publication === undefined ? [] : await readFailures(connection, publication);
  return {
    ...(facts.position !== undefined && { position: lsnText(facts.position) }),
    ...(publication !== undefined && { publication }),
    steps: [
      databaseStep(facts),
      ...facts.realms.map((realm) => publisherStep(realm, facts, found)),
      ...subscriberSteps(facts, publication, failures),
      ...facts.readers.map((reader) => readerStep(reader, facts)),
    ],
  };
}

/** The key in the database for a number that may be a publication id of the router. */
async function keyOf(connection: Connection, asked: string, find: FindPublication): Promise<string> {
  const [kept] = await connection.query<{ id: string }>(
    'SELECT id::text AS id FROM crossbar._acknowledgement WHERE publication = $1 LIMIT 1',
    [asked],
  );
  return kept?.id ?? (await find(asked))?.id ?? asked;
}

/** A Publisher knows a message of the log by its position, and other messages by their number. */
function findByAnyName({ position, number }: Facts, find: FindPublication): ReturnType<FindPublication> {
  return find(position === undefined ? String(number) : lsnText(position));
}

interface Failure {
  readonly handler: string | null;
  readonly error: string;
}

function readFailures(connection: Connection, publication: string): Promise<readonly Failure[]> {
  return connection.query<{ handler: string | null; error: string }>(
    `SELECT handler, failed.error FROM crossbar.failed_event AS failed LEFT JOIN crossbar.subscriptions ON subscriptions.id = subscription
     WHERE publication = $1 ORDER BY failed.id`,
    [publication],
  );
}

function databaseStep({ database, delivery, position, end, number }: Facts): TraceStep {
  const step = { place: 'Database', name: database };
  if (position !== undefined && position <= end) {
    const known =
      `Position ${lsnText(position)} of the log is written, ${end - position} bytes before its end. Only a replication slot can read the ` +
      'record there, so it is not looked up. If its transaction was rolled back, nothing was sent.';
    return { ...step, state: 'written', known };
  }
  const known =
    position === undefined
      ? `The delivery is ${delivery ?? 'not chosen'}: number ${number} has no position in the log.`
      : `The log ends at ${lsnText(end)}, before this position. If the number is the publication id of an event: its Publisher does not run, ` +
        'or has forgotten the message. Publications with the option "acknowledge" are kept for a day.';
  return { ...step, state: 'unknown', known };
}

function publisherStep(
  { realm, slot, confirmed, active }: Facts['realms'][number],
  facts: Facts,
  found: FoundPublication | undefined,
): TraceStep {
  const step = { place: 'Publisher', name: `realm ${realm}` };
  const outcome = facts.outcomes.find((it) => it.realm === realm);
  if (outcome?.state === 'refused') {
    return {
      ...step,
      state: 'refused',
      known: `The router refused it: ${outcome.error}. It is kept in crossbar.refused_publication.`,
    };
  }
  if (outcome?.state === 'acknowledged') {
    return {
      ...step,
      state: 'acknowledged',
      known: `The router acknowledged it as publication ${outcome.publication}, ${outcome.at}.`,
    };
  }
  if (found?.realm === realm) {
    const at = new Date(found.acknowledgedAt).toISOString();
    return {
      ...step,
      state: 'acknowledged',
      known: `The router acknowledged it as publication ${found.publication}, ${at}.`,
    };
  }
  if (outcome?.state === 'waiting') {
    return {
      ...step,
      state: 'waiting',
      known: 'It is in the outbox: the Publisher deletes the row when the router has it.',
    };
  }
  if (facts.position !== undefined && facts.position <= facts.end && slot !== null) {
    return readerStep(
      { place: 'Publisher', name: `realm ${realm}`, slot, confirmed, active, position: null, parked: [] },
      facts,
    );
  }
  const known = `Neither an acknowledgement nor a refusal is kept${facts.delivery === 'outbox' ? ', and it is not in the outbox' : ''}.`;
  return { ...step, state: 'unknown', known };
}

function subscriberSteps(
  { subscriptions }: Facts,
  publication: string | undefined,
  failures: readonly Failure[],
): TraceStep[] {
  if (subscriptions === 0) return [];
  const step = { place: 'Subscriber', name: counted(subscriptions, 'subscription') };
  if (publication === undefined) {
    return [
      {
        ...step,
        state: 'unknown',
        known: 'Events are identified by the publication id of the router, which is unknown.',
      },
    ];
  }
  if (failures.length === 0) {
    const known =
      'No failed event is stored. A handler that succeeds leaves no row, so this does not prove that one has run.';
    return [{ ...step, state: 'unknown', known }];
  }
  return failures.map(({ handler, error }) => ({
    place: 'Subscriber',
    name: handler ?? 'a handler that is no longer subscribed',
    state: 'failed',
    known: `${error}. The event is kept in crossbar.failed_event.`,
  }));
}

/**
 * The state of a reader according to its position. Transactions arrive when they commit, so one that was still open may
 * arrive later.
 */
function readerStep({ place, name, confirmed, active, position, parked, slot }: ReaderFact, facts: Facts): TraceStep {
  const step = { place, name };
  if (parked.length > 0) {
    const all = parked.map(({ destination, state, error }) => `${destination}: ${state}, ${error}`).join('; ');
    return { ...step, state: 'parked', known: `${all}.` };
  }
  if (facts.position === undefined || facts.position > facts.end) {
    return { ...step, state: 'unknown', known: 'It reads the log, where the position of the message is unknown.' };
  }
  const reached = parseOptional(position ?? confirmed);
  if (reached === undefined) {
    return { ...step, state: 'unknown', known: 'It does not read the log. No message with this id is parked.' };
  }
  if (reached < facts.position) {
    const reads = active ? '' : ` Slot ${slot} is not in use.`;
    return {
      ...step,
      state: 'waiting',
      known: `It has confirmed the log up to ${lsnText(reached)}, ${facts.position - reached} bytes before the message.${reads}`,
    };
  }
  return {
    ...step,
    state: 'passed',
    known: `It has confirmed the log up to ${lsnText(reached)}: ${doneBy[place]}, unless its transaction committed after that.`,
  };
}

/** Whether a text is a positive bigint of PostgreSQL. */
function isNumber(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) < 2n ** 63n;
}

/** The meaning of a position that a reader has confirmed. */
const doneBy: Readonly<Record<string, string>> = {
  Publisher: 'the router has acknowledged the message',
  Proxy: 'the sink has the message, if a route of it matches',
  Gateway: 'the message was sent to clients that listened to its channel',
  Slot: 'its reader has the message',
};

function parseOptional(text: string | null): Lsn | undefined {
  return text === null ? undefined : parseLsn(text);
}
