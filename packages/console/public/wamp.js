import { parseMessage, Type, WampError } from './wamp-message.js';

export { WampError };

/**
 * @typedef {object} WampEvent
 * @property {number} [publication]  the publication id of the router; absent for sources without a router
 * @property {string} [id]  its position in the log, if it has one
 * @property {number} [committedAt]  ms since 1970, with microseconds as a fraction
 * @property {Record<string, unknown>} details
 * @property {unknown[]} args
 * @property {Record<string, unknown>} kwargs
 * @property {number} size  characters of the whole message
 *
 * @typedef {(event: WampEvent) => void} EventHandler
 * @typedef {{ args: unknown[], kwargs: Record<string, unknown> }} Payload
 * @typedef {'exact' | 'prefix' | 'wildcard'} Match
 * @typedef {object} CallOptions
 * @property {(progress: Payload) => void} [onProgress]  hears of progressive results
 * @property {AbortSignal} [signal]  cancels the call
 *
 * @typedef {object} Awaited  the state that a request's answer changes
 * @property {EventHandler} [handler]
 * @property {number} [subscription]
 * @property {(progress: Payload) => void} [onProgress]
 *
 * @typedef {Awaited & { resolve: (value: any) => void, reject: (error: WampError) => void }} Request
 */

/**
 * The features that this client announces; without them, a router sends no progressive results and accepts no CANCEL.
 */
const ROLES = {
  subscriber: { features: { pattern_based_subscription: true } },
  publisher: {},
  caller: { features: { progressive_call_results: true, call_canceling: true } },
};

/**
 * A WAMP v2 client over a WebSocket with JSON, which subscribes, publishes and calls; for the browser and for Node alike.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-message-definitions
 */
export class WampSession {
  /** @type {WebSocket} */ #socket;
  /** @type {Map<number, Request>} */ #requests = new Map();
  /** @type {Map<number, EventHandler>} */ #handlers = new Map();
  /** @type {PromiseWithResolvers<void>} */ #welcome = Promise.withResolvers();
  /** @type {PromiseWithResolvers<WampError>} */ #closed = Promise.withResolvers();
  /** @type {WampError | undefined} */ #end;
  #lastRequest = 0;
  /** The number of received messages. */
  #received = 0;
  #leaving = false;

  /** The session's id, once it is open. */
  id = 0;

  /**
   * Connects and joins: rejects with the router's reason (ABORT), or without an answer within `deadline` ms.
   *
   * @param {string} url
   * @param {string} realm
   * @param {{ deadline?: number }} [options]
   * @returns {Promise<WampSession>}
   */
  static async open(url, realm, { deadline = 10_000 } = {}) {
    const session = new WampSession(url, realm);
    const late = () => session.#finish('wamp.error.timeout', `${url} did not answer within ${deadline} ms`);
    const timer = setTimeout(late, deadline);
    await session.#welcome.promise.finally(() => clearTimeout(timer));
    return session;
  }

  /**
   * @private use {@link WampSession.open}
   * @param {string} url
   * @param {string} realm
   */
  constructor(url, realm) {
    this.#socket = new WebSocket(url, 'wamp.2.json');
    this.#socket.onopen = () => this.#send([Type.HELLO, realm, { roles: ROLES }]);
    this.#socket.onmessage = ({ data }) => this.#receive(String(data));
    // Node.js 22 reports a failed connection only by an error event.
    this.#socket.onerror = () => this.#finish('wamp.close.transport_lost', `the connection to ${url} failed`);
    this.#socket.onclose = ({ code, reason }) =>
      this.#finish('wamp.close.transport_lost', `the connection to ${url} is closed (${reason || code})`);
  }

  /** Resolves with the reason when the session has ended for any reason; never rejects. */
  get closed() {
    return this.#closed.promise;
  }

  /**
   * @param {string} topic a URI, or a pattern
   * @param {EventHandler} handler
   * @param {Match} [match]
   * @returns {Promise<number>} the subscription's id
   */
  subscribe(topic, handler, match = 'exact') {
    return this.#request(Type.SUBSCRIBE, [match === 'exact' ? {} : { match }, topic], { handler });
  }

  /**
   * Publishes; this session receives the event as well, if it is subscribed.
   *
   * @param {string} topic
   * @param {unknown[]} args
   * @param {Record<string, unknown>} kwargs
   * @returns {Promise<number>} the publication's id
   */
  publish(topic, args, kwargs) {
    return this.#request(Type.PUBLISH, [{ acknowledge: true, exclude_me: false }, topic, args, kwargs], {});
  }

  /**
   * Calls a procedure.
   *
   * @param {string} procedure
   * @param {unknown[]} [args]
   * @param {Record<string, unknown>} [kwargs]
   * @param {CallOptions} [options]
   * @returns {Promise<Payload>}
   */
  call(procedure, args = [], kwargs = {}, { onProgress, signal } = {}) {
    const called = this.#request(Type.CALL, [onProgress ? { receive_progress: true } : {}, procedure, args, kwargs], {
      ...(onProgress && { onProgress }),
    });
    const id = this.#lastRequest;
    signal?.addEventListener(
      'abort',
      () => this.#requests.has(id) && this.#send([Type.CANCEL, id, { mode: 'killnowait' }]),
    );
    return called;
  }

  /**
   * @param {number} subscription
   * @returns {Promise<void>}
   */
  unsubscribe(subscription) {
    return this.#request(Type.UNSUBSCRIBE, [subscription], { subscription });
  }

  /**
   * Ends the session if no message comes within `deadline` ms, though the router is asked for one. After a sleep of the machine
   * a connection may be lost without a notice.
   *
   * @param {number} deadline
   */
  probe(deadline) {
    const before = this.#received;
    // An error is an answer as well.
    this.call('wamp.session.count').catch(() => undefined);
    const judge = () => {
      if (this.#received === before)
        this.#finish('wamp.error.timeout', `the router did not answer within ${deadline} ms`);
    };
    // In two steps, between which a page that was suspended reads what has arrived in the meantime.
    setTimeout(() => setTimeout(judge, deadline / 2), deadline / 2);
  }

  /** Sends GOODBYE; resolves when the router has answered or the connection is closed. */
  leave() {
    if (!this.#end && !this.#leaving) this.#send([Type.GOODBYE, {}, 'wamp.close.close_realm']);
    this.#leaving = true;
    return this.closed;
  }

  /**
   * @param {number} type
   * @param {unknown[]} fields
   * @param {Awaited} awaited
   * @returns {Promise<any>}
   */
  #request(type, fields, awaited) {
    if (this.#end) return Promise.reject(this.#end);
    const id = ++this.#lastRequest;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { ...awaited, resolve, reject });
      this.#send([type, id, ...fields]);
    });
  }

  /** @param {unknown[]} message */
  #send(message) {
    // A closing socket cannot send, and its close event settles all pending requests.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {string} text */
  #receive(text) {
    if (this.#end) return;
    this.#received++;
    const message = parseMessage(text);
    if (message) return this.#dispatch(message, text.length);
    this.#finish('wamp.error.protocol_violation', `the router sent what is no WAMP message: ${text.slice(0, 80)}`);
  }

  /**
   * @param {any[]} message
   * @param {number} size
   */
  #dispatch(message, size) {
    const [type, first, second] = message;
    if (type === Type.EVENT) return this.#event(message, size);
    if (type === Type.SUBSCRIBED) return this.#subscribed(message);
    if (type === Type.UNSUBSCRIBED) return this.#unsubscribed(message);
    if (type === Type.RESULT) return this.#returned(message);
    if (type === Type.PUBLISHED) return this.#answered(first)?.resolve(second);
    if (type === Type.ERROR) return this.#refused(message);
    if (type === Type.WELCOME) return this.#welcomed(message);
    if (type === Type.ABORT) return this.#finish(second, first?.message);
    if (type === Type.GOODBYE) return this.#goodbye(message);
    this.#finish('wamp.error.protocol_violation', `the router sent a message of type ${type}`);
  }

  /** @param {any[]} message */
  #welcomed([, id]) {
    this.id = id;
    this.#welcome.resolve();
  }

  /**
   * @param {any[]} message
   * @param {number} size
   */
  #event([, subscription, publication, details, args, kwargs], size) {
    // No handler: the event crossed the UNSUBSCRIBE.
    const handler = this.#handlers.get(subscription);
    handler?.({ publication, details, args: args ?? [], kwargs: kwargs ?? {}, size });
  }

  /** @param {any[]} message */
  #subscribed([, id, subscription]) {
    const request = this.#answered(id);
    // Immediately, not in a continuation of the promise: the first EVENT may be in the same packet.
    if (request?.handler) this.#handlers.set(subscription, request.handler);
    request?.resolve(subscription);
  }

  /** @param {any[]} message */
  #unsubscribed([, id]) {
    const request = this.#answered(id);
    if (request?.subscription !== undefined) this.#handlers.delete(request.subscription);
    request?.resolve(undefined);
  }

  /** @param {any[]} message */
  #returned([, id, details, args, kwargs]) {
    const payload = { args: args ?? [], kwargs: kwargs ?? {} };
    if (details?.progress) this.#requests.get(id)?.onProgress?.(payload);
    else this.#answered(id)?.resolve(payload);
  }

  /** @param {any[]} message */
  #refused([, , id, , error, args]) {
    this.#answered(id)?.reject(new WampError(error, args?.[0]));
  }

  /** @param {number} id */
  #answered(id) {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request;
  }

  /** @param {any[]} message */
  #goodbye([, details, reason]) {
    if (!this.#leaving) this.#send([Type.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    this.#finish(reason, details?.message);
  }

  /**
   * Ends the session once: all pending requests are rejected, so that no promise stays open.
   *
   * @param {string} reason
   * @param {unknown} [text]
   */
  #finish(reason, text) {
    if (this.#end) return;
    this.#end = new WampError(reason, text);
    this.#socket.close();
    for (const request of this.#requests.values()) request.reject(this.#end);
    this.#requests.clear();
    this.#handlers.clear();
    this.#welcome.reject(this.#end);
    this.#closed.resolve(this.#end);
  }
}
