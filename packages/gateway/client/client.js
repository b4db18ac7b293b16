/** @import { Client, Options, State } from './client.d.ts' */

/**
 * After these codes, a reconnect would end in the same way: the gateway does not accept the data, or a permission was
 * revoked.
 */
const finalCodes = [1003, 1007, 1008, 1009];
const tokenExpired = 4001;
const connectTimeout = 15_000;
const protocol = 'pgwamp.v1';

/**
 * @param {string | URL} url
 * @param {Options} options
 * @returns {Client}
 */
export function connect(url, options) {
  const { first, max } = options.pause ?? { first: 250, max: 30_000 };
  const channels = new Set(options.channels);
  /** The last id of a notification, and the last one of the log, which has no colon. @type {Map<boolean, string>} */
  const positions = new Map();
  /** Messages that wait for an answer. @type {Map<number, PromiseWithResolvers<any>>} */
  const requests = new Map();
  let requestCount = 0;
  let pause = first;
  /** @type {State} */
  let state = 'connecting';
  /** @type {WebSocket | undefined} */
  let socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const enter = (/** @type {State} */ next, reason = '') => {
    state = next;
    options.onState?.(next, reason);
  };
  const remember = (/** @type {string} */ ids) => {
    for (const id of ids.split(',')) positions.set(id.includes(':'), id);
  };
  const position = () => [...positions.values()].join() || undefined;
  const say = (/** @type {object} */ message) => socket?.readyState === 1 && socket.send(JSON.stringify(message));

  async function open() {
    if (state === 'closed') return;
    enter('connecting');
    let token;
    try {
      token = await options.token?.();
    } catch (error) {
      return wait(`no token: ${error}`);
    }
    if (state !== 'connecting') return;
    const address = new URL(url, globalThis.location?.href);
    address.protocol = address.protocol.replace('http', 'ws');
    // Pages cannot set headers, so the token is a subprotocol.
    const current = new WebSocket(address, token === undefined ? protocol : [protocol, `bearer.${token}`]);
    socket = current;
    timer = setTimeout(() => current.close(), connectTimeout);
    current.onopen = () => {
      clearTimeout(timer);
      // One message for all of them, so that missed messages of different channels come in their order.
      if (channels.size > 0) say({ type: 'subscribe', channels: [...channels], since: position() });
      enter('open');
    };
    current.onmessage = ({ data }) => socket === current && take(JSON.parse(data));
    current.onclose = ({ code, reason }) => socket === current && lose(code, reason);
    // Node.js 22 reports a failed connection only by an error event.
    current.onerror = () => socket === current && state === 'connecting' && lose(1006, '');
  }

  function take(/** @type {any} */ { type, ...message }) {
    const { channel, id, to = id, payload, reason, ref } = message;
    if (to !== undefined) remember(to);
    if (type === 'message') options.onMessage(message);
    else if (type === 'gap') options.onGap?.(message);
    else if (type === 'listening') {
      pause = first;
      options.onListening?.(channel);
    } else if (type === 'refused' || (type === 'unsubscribed' && reason !== undefined)) {
      channels.delete(channel);
      options.onRefused?.(channel, reason);
    } else if (type === 'error') requests.get(ref)?.reject(new Error(reason));
    else if (type === 'answer' || type === 'renewed') requests.get(ref)?.resolve(payload);
  }

  /** Forgets the connection, and rejects messages without an answer. */
  function leave(/** @type {string} */ why) {
    clearTimeout(timer);
    socket = undefined;
    for (const { reject } of requests.values()) reject(new Error(why));
  }

  function lose(/** @type {number} */ code, /** @type {string} */ reason) {
    leave(`the connection was lost before the answer (${code})`);
    if (finalCodes.includes(code)) enter('closed', reason || `closed with code ${code}`);
    else wait(reason, code === tokenExpired ? 0 : undefined);
  }

  /** Each pause is longer, and shortened randomly, so that not all clients reconnect at the same time. */
  function wait(reason = '', time = pause * (1 - Math.random() / 2)) {
    enter('waiting', reason);
    pause = Math.min(pause * 2, max);
    timer = setTimeout(open, time);
  }

  /** @param {object} message @returns {Promise<any>} */
  function ask(message) {
    if (socket?.readyState !== 1) return Promise.reject(new Error('there is no connection'));
    const ref = ++requestCount;
    const request = Promise.withResolvers();
    requests.set(ref, request);
    say({ ...message, ref });
    return request.promise.finally(() => requests.delete(ref));
  }

  if (options.since !== undefined) remember(options.since);
  // Deferred until the caller has the client, which its callbacks may use.
  queueMicrotask(open);
  return {
    get state() {
      return state;
    },
    get position() {
      return position();
    },
    subscribe(channel) {
      if (!channels.has(channel)) say({ type: 'subscribe', channel });
      channels.add(channel);
    },
    unsubscribe(channel) {
      if (channels.delete(channel)) say({ type: 'unsubscribe', channel });
    },
    send: (payload, channel) => ask({ type: 'send', payload, channel }),
    renew: (token) => ask({ type: 'token', token }),
    close() {
      if (state === 'closed') return;
      const current = socket;
      leave('the client was closed');
      current?.close(1000);
      enter('closed');
    },
  };
}
