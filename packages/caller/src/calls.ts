import { Refused, SessionLostError, WampError } from '@pgwamp/core';
import { type Logger, storableJson } from '@pgwamp/core/internal/component';
import { type CallingSession, PayloadText, stringify } from '@pgwamp/core/internal/wamp';
import {
  type Call,
  type CallerIdentity,
  type CallHead,
  callAsync,
  type Outcome,
  type StartCall,
} from './link/index.ts';
import { type CallDescription, type PreparedCall, prepareCall, RunningCall } from './make-call.ts';
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
  to(target: BackendTarget): Call {
    const stream = this.#streamsOf(target);
    const prepared = new WeakMap<CallerIdentity, PreparedCall>();
    return (head) => {
      if (head.options.receive_progress) return stream(head);
      let call = prepared.get(head.identity);
      if (call === undefined) {
        call = prepareCall(target.session, descriptionOf(head));
        prepared.set(head.identity, call);
      }
      return this.#callsOf(target, call);
    };
  }

  #callsOf({ session, log }: BackendTarget, call: PreparedCall): StartCall {
    return (args, kwargs, receiver) => {
      this.#begin();
      let isCanceled = false;
      const running = new RunningCall(session, call, new PayloadText(args, kwargs), {
        resolve: (payload) => receiver.settle(this.#succeed(payload)),
        reject: (error) => receiver.settle(this.#fail(isCanceled ? undefined : failureOf(error, log))),
      });
      return (reason) => {
        isCanceled = true;
        running.cancel(reason);
      };
    };
  }

  #streamsOf({ streams, log }: BackendTarget): Call {
    return callAsync(async ({ args, kwargs, ...head }, controls) => {
      this.#begin();
      try {
        const payload = new PayloadText(args, kwargs);
        return this.#succeed(await streams.call(descriptionOf(head), payload, head.identity, controls));
      } catch (error) {
        const isUnwanted = controls.signal.aborted || error === transactionEnded;
        return this.#fail(isUnwanted ? undefined : failureOf(error, log));
      }
    });
  }

  #begin(): void {
    this.#inFlight += 1;
    this.counts.calls += 1;
  }

  #succeed(payload: string | null): Outcome {
    this.#inFlight -= 1;
    return { kind: 'result', payload, args: null, kwargs: null };
  }

  #fail(outcome: Outcome | undefined): Outcome | undefined {
    this.#inFlight -= 1;
    this.counts.failed += 1;
    return outcome;
  }
}

function descriptionOf({ procedure, options, identity }: CallHead): CallDescription {
  return { procedure, options, forwardFor: identity.forward_for };
}

/** The outcome of a call without a result. */
function failureOf(error: unknown, log: Logger): Outcome {
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
