import { topicPattern } from './topic-pattern.js';
import { WampError, WampSession } from './wamp.js';

/**
 * Keeps a WAMP session open: after a loss, it reconnects with an increasing delay and jitter, and subscribes again.
 *
 * @typedef {'connecting' | 'connected' | 'lost'} ConnectionState
 * @typedef {'pending' | 'subscribed' | 'refused'} TopicState
 *
 * @typedef {object} ConnectionListener
 * @property {(state: ConnectionState, error?: Error, delay?: number) => void} onState  `delay`: ms to the next attempt
 * @property {(topic: string, state: TopicState, error?: Error) => void} onTopic  `topic`: a pattern as it was typed
 * @property {(topic: string, event: import('./wamp.js').WampEvent) => void} onEvent
 *
 * @typedef {{ url: string, realm: string, firstDelay?: number, longestDelay?: number, probeInterval?: number }} ConnectionOptions
 */
export class Connection {
  /** @type {ConnectionOptions} */ #options;
  /** @type {ConnectionListener} */ #listener;
  /** Every wanted topic with its subscription, while there is one. @type {Map<string, number | undefined>} */
  #topics = new Map();
  /** @type {WampSession | undefined} */ #session;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #attempts = 0;
  /** Why there is no session. */
  #reason = 'It is being opened.';
  /** The present run since the last `start`; callbacks of earlier runs are ignored. */
  #run = 0;

  /**
   * @param {ConnectionOptions} options
   * @param {ConnectionListener} listener
   */
  constructor(options, listener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Connects, and reconnects until {@link stop}; failures are reported to the listener. */
  start() {
    this.#listener.onState('connecting');
    void this.#connect(++this.#run);
  }

  /** Leaves the realm; no further attempt is made. */
  async stop() {
    this.#run++;
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#forget();
    await session?.leave();
  }

  /**
   * The open session.
   *
   * @throws {Error} a sentence for the user if there is no session
   */
  get session() {
    if (this.#session) return this.#session;
    throw new Error(`There is no connection to the router. ${this.#reason}`);
  }

  /**
   * Subscribes to a topic or a pattern, across reconnects.
   *
   * @param {string} topic as a user types it; see {@link topicPattern}
   * @throws {RangeError} if it is not a topic or is already subscribed; the message is meant for the user
   */
  subscribe(topic) {
    if (this.#topics.has(topic)) throw new RangeError(`“${topic}” is subscribed already.`);
    topicPattern(topic);
    this.#topics.set(topic, undefined);
    this.#listener.onTopic(topic, 'pending');
    if (this.#session) void this.#request(this.#session, topic);
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    const subscription = this.#topics.get(topic);
    this.#topics.delete(topic);
    if (this.#session && subscription !== undefined) this.#release(this.#session, subscription);
  }

  /** @param {number} run */
  async #connect(run) {
    const { url, realm } = this.#options;
    try {
      const session = await WampSession.open(url, realm);
      if (run !== this.#run) return void (await session.leave());
      this.#opened(session);
      const { probeInterval = 20_000 } = this.#options;
      const probing = setInterval(() => session.probe(probeInterval / 2), probeInterval);
      const error = await session.closed;
      clearInterval(probing);
      this.#lost(run, error);
    } catch (error) {
      this.#lost(run, /** @type {Error} */ (error));
    }
  }

  /** @param {WampSession} session */
  #opened(session) {
    this.#session = session;
    this.#attempts = 0;
    this.#listener.onState('connected');
    for (const topic of this.#topics.keys()) void this.#request(session, topic);
  }

  /**
   * @param {number} run
   * @param {Error} error
   */
  #lost(run, error) {
    if (run !== this.#run) return;
    this.#forget();
    this.#reason = error.message.replace(/\.?$/, '.');
    const delay = this.#nextDelay();
    this.#listener.onState('lost', error, delay);
    this.#timer = setTimeout(() => void this.#connect(run), delay);
  }

  /** The session was lost, and its subscriptions with it; the topics stay registered here. */
  #forget() {
    this.#session = undefined;
    for (const topic of this.#topics.keys()) {
      this.#topics.set(topic, undefined);
      this.#listener.onTopic(topic, 'pending');
    }
  }

  #nextDelay() {
    const { firstDelay = 500, longestDelay = 15_000 } = this.#options;
    const delay = Math.min(longestDelay, firstDelay * 2 ** this.#attempts++);
    // Jitter, so that the pages of a lost router do not all reconnect at the same moment.
    return delay * (0.5 + Math.random() / 2);
  }

  /**
   * @param {WampSession} session
   * @param {string} topic
   */
  async #request(session, topic) {
    try {
      const { uri, match } = topicPattern(topic);
      const subscription = await session.subscribe(uri, (event) => this.#listener.onEvent(topic, event), match);
      // The topic was removed in the meantime: the request could not be withdrawn, so unsubscribe.
      if (!this.#topics.has(topic)) return this.#release(session, subscription);
      this.#topics.set(topic, subscription);
      this.#listener.onTopic(topic, 'subscribed');
    } catch (error) {
      // The error of a former session is the loss, which `#lost` has already reported.
      if (!(error instanceof WampError)) throw error;
      if (session === this.#session && this.#topics.has(topic)) this.#listener.onTopic(topic, 'refused', error);
    }
  }

  /**
   * @param {WampSession} session
   * @param {number} subscription
   */
  #release(session, subscription) {
    // The router refuses only an unknown subscription: in either case it no longer exists.
    session.unsubscribe(subscription).catch(() => undefined);
  }
}
