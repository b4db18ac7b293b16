import { parse } from './json.js';

/** The message types that the page sends or receives. */
export const Type = {
  HELLO: 1,
  WELCOME: 2,
  ABORT: 3,
  GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16,
  PUBLISHED: 17,
  SUBSCRIBE: 32,
  SUBSCRIBED: 33,
  UNSUBSCRIBE: 34,
  UNSUBSCRIBED: 35,
  EVENT: 36,
  CALL: 48,
  CANCEL: 49,
  RESULT: 50,
};

/** An ERROR, an ABORT, or the end of the session; `error` is its URI. */
export class WampError extends Error {
  /**
   * @param {string} error
   * @param {unknown} [text] what the router adds for people; anything but a string is left out
   */
  constructor(error, text) {
    super(typeof text === 'string' && text !== '' ? `${error}: ${text}` : error);
    this.name = 'WampError';
    this.error = error;
  }
}

/**
 * @param {string} text
 * @returns {any[] | undefined} `undefined` if it is no WAMP message
 */
export function parseMessage(text) {
  try {
    const message = parse(text);
    return Array.isArray(message) ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
