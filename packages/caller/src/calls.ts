import { Refused, SessionLostError, WampError } from '@pgwamp/core';
import { type Logger, storableJson } from '@pgwamp/core/internal/component';
import { type CallingSession, PayloadText, stringify } from '@pgwamp/core/internal/wamp';
import type { Call, Outcome } from './link/index.ts';
import { makeCall } from './make-call.ts';
import { type Streams, transactionEnded } from './streams.ts';

/** Counts of backend calls since the Caller was created. */
export interface CallCounts {
  /** Number of all calls. */
  calls: number;
  /** Number of calls that ended with an error, were canceled or lost. */
  failed: number;
}

/** The target of backend calls while the Caller serves. */
export interface BackendTarget {
  readonly session: CallingSession;
  readonly streams: Streams;
  readonly log: Logger;
}

/** Makes and counts the calls of backends. */
export class Calls {
  readonly counts: CallCounts = { calls: 0, failed: 0 };
  #inFlight = 0;

  /** Number of calls that have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Returns the function that makes the calls of the link. */
  to({ session, streams, log }: BackendTarget): Call {
    return async ({ procedure, args, kwargs, options, identity }, controls) => {
      const call = { procedure, payload: new PayloadText(args, kwargs), options, forwardFor: identity.forward_for };
      const { signal } = controls;
      this.#inFlight += 1;
      this.counts.calls += 1;
      try {
        const payload = options.receive_progress
          ? await streams.call(call, identity, controls)
          : await makeCall(session, call, { signal });
        return { kind: 'result', payload, args: null, kwargs: null };
      } catch (error) {
        this.counts.failed += 1;
        return failureOf(error, signal, log);
      } finally {
        this.#inFlight -= 1;
      }
    };
  }
}

/** The outcome of a call without a result; undefined if nobody waits for it any more. */
function failureOf(error: unknown, signal: AbortSignal, log: Logger): Outcome | undefined {
  if (signal.aborted || error === transactionEnded) return undefined;
  if (error instanceof WampError) {
    const [args, kwargs] = [error.args, error.kwargs].map((part) => storableJson(stringify(part)));
    return { kind: 'error', payload: error.error, args: args ?? null, kwargs: kwargs ?? null };
  }
  if (error instanceof Refused) return refusal(error);
  if (!(error instanceof SessionLostError)) log.error({ err: error }, 'a call was lost');
  return { kind: 'lost', payload: (error as Error).message, args: null, kwargs: null };
}

/** The PostgreSQL error for arguments that are too large or have an invalid form. */
function refusal({ kind, message }: Refused): Outcome {
  const [sqlstate, option] = kind === 'too_large' ? ['54000', 'max_message_size'] : ['22023', 'max_depth'];
  const hint = `The limit is transport.options.${option} of the Caller, which should be that of the router.`;
  return { kind: 'refused', payload: message, args: sqlstate, kwargs: hint };
}
