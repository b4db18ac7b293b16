import type { Routine } from '../routines/routine.ts';
import { type CallExpression, type CallStatement, callExpression } from '../statements/call-statement.ts';
import type { HandledEvent } from './batch.ts';
import { type Claim, isClaimed, whereClaimed } from './claim.ts';
import type { Identity } from './identity.ts';
import { changing, type Settings } from './settings.ts';

/** An event and its publisher. */
export interface IdentifiedEvent extends HandledEvent {
  readonly identity: Identity;
}

/** The calls of a handler, one for each event of a batch. */
export function handlerCalls(routine: Routine, events: readonly IdentifiedEvent[]): CallExpression[] {
  let parameters = 0;
  return events.map(({ args, kwargs, details }) => {
    const call = callExpression(routine, args, kwargs, details, parameters);
    parameters += call.values.length;
    return call;
  });
}

/** The parts of the statement that handles a batch. */
export interface BatchParts {
  readonly routine: Routine;
  readonly settings: Settings;
  readonly claim: Claim;
  readonly events: readonly IdentifiedEvent[];
  /** The result of `handlerCalls`. */
  readonly calls: readonly CallExpression[];
  /** The `statement_timeout` in force, in milliseconds. */
  readonly timeout: number;
}

/**
 * Creates the statement that calls the handler for all events of a batch, in order. An event is only handled if it was
 * claimed. The result of the handler is not sent.
 *
 * It is a single statement for safety: a handler may run injected SQL, which could replace the prepared statement of a
 * second one. That second statement would run outside of the functions that confine injected SQL.
 */
export function batchStatement({ routine, settings, claim, events, calls, timeout }: BatchParts): CallStatement {
  const values = calls.flatMap((call) => call.values);
  const types = calls.flatMap((call) => call.types);
  const given = calls.flatMap((call) => call.given);
  const identities = events.map(({ identity }) => identity);
  const differing = changing(identities);
  const columns = calls.map(({ expression }, index) => {
    const handled = discarded(routine, expression);
    const guarded = claim.each ? `CASE WHEN ${isClaimed(index)} THEN ${handled} END` : handled;
    // The settings of the first event are already in force.
    if (index === 0) return guarded;
    const next = settings.next(differing, identities[index] as Identity, values.length);
    values.push(...next.values);
    // CASE, because PostgreSQL may evaluate the sides of AND in any order.
    return `CASE WHEN ${next.text} THEN ${guarded} END`;
  });
  if (events.length > 1) {
    const check = settings.unchanged(differing, timeout, identities[0] as Identity, values.length);
    values.push(...check.values);
    columns.push(check.text);
  }
  const text = `SELECT ${columns.join(', ')} WHERE ${[...whereClaimed(claim), routine.guard].join(' AND ')}`;
  return settings.own({ text, values, types, given });
}

function discarded({ result }: Routine, call: string): string {
  return result.shape === 'rows'
    ? `(SELECT pg_catalog.count(*) FROM ${call} AS result)`
    : `pg_catalog.num_nulls(${call})`;
}
