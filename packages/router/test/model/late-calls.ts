import type { ClientModel, Dict, Message } from './client-model.ts';

interface Started {
  readonly caller: ClientModel;
  readonly request: unknown;
}

/** Progressive calls that were over before their callers had sent everything. */
export class LateCalls {
  #calls: Started[] = [];

  add(call: Started): void {
    this.#calls.push(call);
  }

  /** Whether a CALL belongs to one of them; its last part is the end of that. */
  take(caller: ClientModel, [, request, options]: Message): boolean {
    const late = this.#calls.find((call) => call.caller === caller && call.request === request);
    if ((options as Dict).progress !== true) this.#calls = this.#calls.filter((other) => other !== late);
    return late !== undefined;
  }
}
