import { type Drawn, WORDS } from './drawn.ts';

export type Message = readonly unknown[];
export type Dict = Readonly<Record<string, unknown>>;

/** A message that has to arrive; those of one group that follow each other may come in any order. */
export interface Expected {
  readonly message: Message;
  readonly group: object | undefined;
}

/** Stands among the messages for the end of the connection. */
export const CLOSED: Message = ['closed'];

/** One connection, and what the model says that its client has to receive. */
export class ClientModel {
  readonly name: string;
  readonly authid: string;
  readonly authrole: string;
  state: 'opening' | 'open' | 'leaving' | 'over' = 'opening';
  /** None before WELCOME. */
  session: Drawn | undefined;
  /** The features that HELLO has announced, as `callee.call_canceling`. */
  features: ReadonlySet<string> = new Set();
  /** The id of the last INVOCATION that was sent to it. */
  lastInvocation = 0;
  /** The id of its own last request. */
  lastRequest = 0;
  /** When the connection is closed if it does not answer GOODBYE. */
  closing = 0;
  /** Set while the model says things whose order nobody prescribes. */
  group: object | undefined;
  #expected: Expected[] = [];

  constructor(name: string, authid: string, authrole: string) {
    this.name = name;
    this.authid = authid;
    this.authrole = authrole;
  }

  /** The model says: this is the next message, as long as the session lasts. */
  receives(message: Message, group?: object): void {
    if (this.state !== 'leaving' && this.state !== 'over') this.hears(message, group);
  }

  /** The same, of what has to do with the connection. */
  hears(message: Message, group?: object): void {
    this.#expected.push({ message, group: this.group ?? group });
  }

  isRefused(type: unknown, request: unknown, uri: string): void {
    this.receives([8, type, request, {}, uri, WORDS]);
  }

  /** The id for its next request. */
  nextRequest(): number {
    this.lastRequest++;
    return this.lastRequest;
  }

  get expected(): readonly Expected[] {
    return this.#expected;
  }

  takeExpected(): Expected[] {
    const expected = this.#expected;
    this.#expected = [];
    return expected;
  }
}
