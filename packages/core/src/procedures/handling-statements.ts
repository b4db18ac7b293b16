import type { HandledEvent } from './batch.ts';
import { type CallStatement, callExpression } from './call-statement.ts';
import { isClaimed } from './claim.ts';
import type { Routine } from './routine.ts';
import type { Settings } from './settings.ts';

/**
 * Events that one statement handles. It takes PostgreSQL, and us, less time than one statement for each. More gain little, and a statement
 * has one `statement_timeout`.
 */
const together = 8;

/** An event and who has published it. */
export interface IdentifiedEvent extends HandledEvent {
  /** The values of the identity settings. */
  readonly identity: readonly string[];
}

/**
 * The statements that call the handler of events, in their order, one event after the other; each only if it was claimed. What the
 * handler returns is not sent.
 *
 * @throws `WampError` if the events are not what their handler can be called with.
 */
export function handlingStatements(
  routine: Routine,
  settings: Settings,
  events: readonly IdentifiedEvent[],
): CallStatement[] {
  const statements: CallStatement[] = [];
  // The first event, and what does not fill a statement, go alone, so that there are few different statements to prepare.
  for (let from = 0; from < events.length; ) {
    const to = from > 0 && from + together <= events.length ? from + together : from + 1;
    statements.push(handlingStatement(routine, settings, events, from, to));
    from = to;
  }
  return statements;
}

function handlingStatement(
  routine: Routine,
  settings: Settings,
  events: readonly IdentifiedEvent[],
  from: number,
  to: number,
): CallStatement {
  const columns: string[] = [];
  const values: (string | null)[] = [];
  const given: CallStatement['given'][number][] = [];
  for (const [offset, event] of events.slice(from, to).entries()) {
    const index = from + offset;
    const call = callExpression(routine, event.args, event.kwargs, event.details, values.length);
    values.push(...call.values, String(index + 1));
    given.push(...call.given);
    const handled = `CASE WHEN ${isClaimed(values.length)} THEN ${discarded(routine, call.expression)} END`;
    const before = events[index - 1];
    if (before) {
      const next = settings.next([event.identity, before.identity, events[index - 2]?.identity], values.length);
      values.push(...next.values);
      // CASE, because PostgreSQL may evaluate the sides of AND in any order.
      columns.push(`CASE WHEN ${next.text} THEN ${handled} END`);
    } else columns.push(handled);
    given.length = values.length;
  }
  return settings.own({ text: `SELECT ${columns.join(', ')}`, values, given });
}

function discarded({ result }: Routine, call: string): string {
  return result.shape === 'rows'
    ? `(SELECT pg_catalog.count(*) FROM ${call} AS result)`
    : `pg_catalog.num_nulls(${call})`;
}
