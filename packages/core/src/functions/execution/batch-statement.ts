import type { Routine } from '../routines/routine.ts';
import { expressionOf, textOf } from '../statements/call-shape.ts';
import type { BoundCall, CallStatement } from '../statements/call-statement.ts';
import { isClaimed, whereClaimed } from './claim.ts';
import type { Identity } from './identity.ts';
import { changing, type Settings } from './settings.ts';

/** The parts of the statement that handles a batch. */
export interface BatchParts {
  readonly routine: Routine;
  readonly settings: Settings;
  /** Whether each event is claimed separately, or all of them together. */
  readonly isClaimedEach: boolean;
  /** The calls of the handler, one for each event. */
  readonly calls: readonly BoundCall[];
  /** The publisher of each event. */
  readonly identities: readonly Identity[];
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
export function batchStatement(parts: BatchParts): CallStatement {
  const { settings, isClaimedEach, calls, identities, timeout } = parts;
  const differing = changing(identities);
  const values: (string | null)[] = [];
  const types: number[] = [];
  for (const call of calls) {
    values.push(...call.values);
    types.push(...call.shape.types);
  }
  for (const identity of identities.slice(1)) values.push(...settings.nextValues(differing, identity));
  const [first = []] = identities;
  if (identities.length > 1) values.push(...settings.unchangedValues(differing, timeout, first));
  const shape = calls[0]?.shape;
  // The events of a topic mostly have the same form.
  const isUniform = shape !== undefined && calls.every((call) => call.shape === shape);
  const key = `${calls.length} ${differing} ${isClaimedEach} ${settings.key}`;
  const text = isUniform ? textOf(shape, key, () => batchText(parts, differing)) : batchText(parts, differing);
  return { text, values, types, calls };
}

function batchText({ routine, settings, isClaimedEach, calls }: BatchParts, differing: number): string {
  let parameters = 0;
  const handlings = calls.map(({ shape, values }, index) => {
    const handled = discarded(routine, expressionOf(routine, shape, parameters));
    parameters += values.length;
    return isClaimedEach ? `CASE WHEN ${isClaimed(index)} THEN ${handled} END` : handled;
  });
  const columns = handlings.map((handling, index) => {
    // The settings of the first event are already in force.
    if (index === 0) return handling;
    const condition = settings.next(differing, parameters);
    parameters += settings.countOfNext(differing);
    // CASE, because PostgreSQL may evaluate the sides of AND in any order.
    return `CASE WHEN ${condition} THEN ${handling} END`;
  });
  if (calls.length > 1) columns.push(settings.unchanged(differing, parameters));
  const conditions = [...whereClaimed(isClaimedEach), routine.guard];
  return `${settings.mark}SELECT ${columns.join(', ')} WHERE ${conditions.join(' AND ')}`;
}

function discarded({ result }: Routine, call: string): string {
  return result.shape === 'rows'
    ? `(SELECT pg_catalog.count(*) FROM ${call} AS result)`
    : `pg_catalog.num_nulls(${call})`;
}
