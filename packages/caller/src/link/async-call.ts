import type { Call, CallHead, CallReceiver, Outcome } from './call.ts';

/** A call with its arguments. */
export interface CompleteCall extends CallHead {
  /** A JSON array as the database wrote it, or empty. */
  readonly args: string;
  /** A JSON object as the database wrote it, or empty. */
  readonly kwargs: string;
}

/** The controls of an asynchronous call. */
export interface CallControls extends Pick<CallReceiver, 'onProgress'> {
  /** Aborts when the database no longer needs the call: its statement was canceled, or the backend has gone. */
  readonly signal: AbortSignal;
}

/** Makes a call. Never rejects. Returns what {@link CallReceiver.settle} receives. */
export type AsyncCall = (call: CompleteCall, controls: CallControls) => Promise<Outcome | undefined>;

/** Makes calls by an asynchronous function. */
export function callAsync(call: AsyncCall): Call {
  return (head) => (args, kwargs, receiver) => {
    const controller = new AbortController();
    const onProgress = (payload: string | null) => receiver.onProgress(payload);
    void call({ ...head, args, kwargs }, { signal: controller.signal, onProgress }).then((outcome) =>
      receiver.settle(outcome),
    );
    return (reason) => controller.abort(reason);
  };
}
