import { parse } from './json.js';

/** The first and the longest pause in milliseconds before a reconnect. */
const [FIRST_DELAY, LONGEST_DELAY] = [500, 15_000];

/** @typedef {import('./connection.js').TopicState} TopicState */

/** The displayed states for the node's states of a source. @type {Record<string, TopicState>} */
const STATES = { watching: 'subscribed', interrupted: 'pending', refused: 'refused' };

/**
 * The sources that the page watches besides topics: NOTIFY channels (`channel:orders`) and row changes
 * (`table:public.orders`), which the node reads. The connection is open as long as a source is watched, and is reopened
 * after a loss.
 */
export class Tail {
  #url;
  #listener;
  /** @type {Set<string>} */ #sources = new Set();
  /** @type {WebSocket | undefined} */ #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #attempts = 0;

  /**
   * @param {string} url
   * @param {Pick<import('./connection.js').ConnectionListener, 'onTopic' | 'onEvent'> & { onDropped: (count: number) => void }} listener
   */
  constructor(url, listener) {
    this.#url = url;
    this.#listener = listener;
  }

  /**
   * Whether a typed text names a source that the node watches.
   *
   * @param {string} text
   */
  static isSource(text) {
    return /^(channel|table):/.test(text);
  }

  /**
   * @param {string} source
   * @throws {RangeError} if it is watched already; the message is meant for the user
   */
  subscribe(source) {
    if (this.#sources.has(source)) throw new RangeError(`“${source}” is subscribed already.`);
    this.#sources.add(source);
    this.#listener.onTopic(source, 'pending');
    if (this.#socket) this.#send({ watch: source });
    else if (this.#timer === undefined) this.#connect();
  }

  /** @param {string} source */
  unsubscribe(source) {
    this.#sources.delete(source);
    if (this.#sources.size > 0) return this.#send({ unwatch: source });
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket?.close();
  }

  #connect() {
    const socket = new WebSocket(this.#url);
    this.#timer = undefined;
    this.#socket = socket;
    socket.onopen = () => {
      for (const source of this.#sources) this.#send({ watch: source });
    };
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = ({ reason }) => this.#closed(socket, reason);
  }

  /**
   * @param {WebSocket} socket
   * @param {string} reason
   */
  #closed(socket, reason) {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#sources.size === 0) return;
    const error = new Error(reason || 'the connection to the node is lost');
    for (const source of this.#sources) this.#listener.onTopic(source, 'pending', error);
    // Jitter, so that the pages of a lost node do not all reconnect at the same moment.
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** @param {string} text */
  #receive(text) {
    const { source, state, error, dropped, ...event } = /** @type {Record<string, any>} */ (parse(text));
    if (dropped) return this.#listener.onDropped(dropped);
    // It was unwatched in the meantime.
    if (!this.#sources.has(source)) return;
    if (state) {
      this.#attempts = 0;
      return this.#listener.onTopic(source, STATES[state] ?? 'pending', error && new Error(error));
    }
    this.#listener.onEvent(source, { details: {}, args: [], kwargs: {}, ...event, size: text.length });
  }

  /** Nothing is lost before the connection is open: all sources are sent then. @param {object} message */
  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
