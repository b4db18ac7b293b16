import { PayloadText } from './payload-text.ts';

/** Codes of the WAMP messages that are looked at on their way to or from AutobahnJS. */
export const code = {
  HELLO: 1,
  ABORT: 3,
  GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16,
  EVENT: 36,
  CALL: 48,
  CANCEL: 49,
  RESULT: 50,
  INVOCATION: 68,
  INTERRUPT: 69,
  YIELD: 70,
} as const;

/** The closing codes by which a router ends a connection over a message that it cannot take. */
export const blamingCloseCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 1011, 3002]);

/** Options, topic and payload of a PUBLISH as JSON text, which goes into the frame as it is. */
export class PublicationText {
  readonly text: string;

  /**
   * @param options a JSON object.
   * @param topic a WAMP URI.
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   */
  constructor(options: string, topic: string, args: string, kwargs: string) {
    this.text = `${options},${JSON.stringify(topic)}${new PayloadText(args, kwargs).tail}`;
  }
}

/** Procedure and payload of a CALL as JSON text, which goes into the frame as it is. */
export class CallText {
  readonly text: string;

  constructor(procedure: string, payload: PayloadText) {
    this.text = `${JSON.stringify(procedure)}${payload.tail}`;
  }
}
