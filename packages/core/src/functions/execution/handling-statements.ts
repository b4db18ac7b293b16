import type { Statement } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { type CallExpression, type CallStatement, callExpression } from '../statements/call-statement.ts';
import type { HandledEvent } from './batch.ts';
import { type Claim, isClaimed, whereClaimed } from './claim.ts';
import type { Identity } from './identity.ts';
import type { Settings } from './settings.ts';

/**
 * Events that one statement handles. It takes PostgreSQL, and us, less time than one statement for each. More gain little, and a statement
 * has one `statement_timeout`.
 */
const together = 8;

/** An event and who has published it. */
interface IdentifiedEvent extends HandledEvent {
  readonly identity: Identity;
}

/** What is handled, by whom. */
export interface Handling {
  readonly routine: Routine;
  readonly settings: Settings;
  readonly claim: Claim;
  readonly events: readonly IdentifiedEvent[];
}

/**
 * The statements that call the handler of events, in their order, one event after the other; each only if it was claimed. What the
 * handler returns is not sent.
 *
 * @throws `WampError` if the events are not what their handler can be called with.
 */
export function handlingStatements(handling: Handling): CallStatement[] {
  const { length } = handling.events;
  const statements: CallStatement[] = [];
  // The first event, and what does not fill a statement, go alone, so that there are few different statements to prepare.
  for (let from = 0; from < length; ) {
    const to = from > 0 && from + together <= length ? from + together : from + 1;
    statements.push(new HandlingStatement(handling, from, to));
    from = to;
  }
  return statements;
}

/**
 * The statement for the events from one place up to, not including, another. What can be refused is made at once, and the rest when it
 * is sent: PostgreSQL is at work on the statements before by then.
 */
class HandlingStatement implements CallStatement {
  readonly #handling: Handling;
  readonly #from: number;
  readonly #calls: readonly CallExpression[];
  #composed: CallStatement | undefined;

  constructor(handling: Handling, from: number, to: number) {
    this.#handling = handling;
    this.#from = from;
    let parameters = 0;
    this.#calls = handling.events.slice(from, to).map(({ args, kwargs, details }) => {
      const call = callExpression(handling.routine, args, kwargs, details, parameters);
      parameters += call.values.length;
      return call;
    });
  }

  get text(): string {
    return this.#statement.text;
  }

  get values(): CallStatement['values'] {
    return this.#statement.values;
  }

  get given(): CallStatement['given'] {
    return this.#statement.given;
  }

  get #statement(): CallStatement {
    this.#composed ??= this.#compose();
    return this.#composed;
  }

  #compose(): CallStatement {
    const { claim, settings } = this.#handling;
    const values = this.#calls.flatMap((call) => call.values);
    const given = this.#calls.flatMap((call) => call.given);
    const columns = this.#calls.map(({ expression }, offset) => {
      const index = this.#from + offset;
      const handled = this.#ifClaimed(index, expression, values);
      const next = this.#next(index, values.length);
      if (!next) return handled;
      values.push(...next.values);
      // CASE, because PostgreSQL may evaluate the sides of AND in any order.
      return `CASE WHEN ${next.text} THEN ${handled} END`;
    });
    return settings.own({ text: `SELECT ${columns.join(', ')}${whereClaimed(claim)}`, values, given });
  }

  /** Where all events are claimed at once, the statement has that as its condition. */
  #ifClaimed(index: number, call: string, values: (string | null)[]): string {
    const { claim, routine } = this.#handling;
    const handled = discarded(routine, call);
    if (!claim.each) return handled;
    values.push(String(index + 1));
    return `CASE WHEN ${isClaimed(values.length)} THEN ${handled} END`;
  }

  /** Nothing for the first event of all: the settings are what it needs. */
  #next(index: number, parameters: number): Statement | undefined {
    const { events, settings } = this.#handling;
    const [event, before, earlier] = [events[index], events[index - 1], events[index - 2]];
    return event && before && settings.next([event.identity, before.identity, earlier?.identity], parameters);
  }
}

function discarded({ result }: Routine, call: string): string {
  return result.shape === 'rows'
    ? `(SELECT pg_catalog.count(*) FROM ${call} AS result)`
    : `pg_catalog.num_nulls(${call})`;
}
