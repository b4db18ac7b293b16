import type { Invocation, InvocationDetails, Progress } from './invocation.ts';

/** The details of a call. A class, because an object with an accessor of its own takes as long to make as all the rest of a call. */
export class CallDetails implements InvocationDetails {
  readonly [detail: string]: unknown;
  readonly procedure: string;
  readonly progress: Progress | null;
  readonly #invocation: Invocation;

  /** @param sent by the router. */
  constructor(invocation: Invocation, procedure: string, sent: Readonly<Record<string, unknown>>) {
    this.#invocation = invocation;
    this.procedure = procedure;
    Object.assign(this, sent);
    this.progress = sent.receive_progress === true ? invocation.progress : null;
  }

  get signal(): AbortSignal {
    return this.#invocation.signal;
  }

  /** Whatever a router may send under that name is left out. */
  set signal(_detail: unknown) {}
}
