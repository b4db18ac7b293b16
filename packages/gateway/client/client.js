/** @import { Client, Options, State } from './client.d.ts' */

/**
 * After these codes, a reconnect would end in the same way: the gateway does not accept the data, or a permission was
 * revoked.
 */
const finalCodes = [1003, 1007, 1008, 1009];
const tokenExpired = 4001;
const connectTimeout = 15_000;
const protocol = 'pgwamp.v1';
/** A token is sent as a subprotocol, since pages cannot set headers. */
const tokenPrefix = 'bearer.';

/**
 * @param {string | URL} url
 * @param {Options} options
 * @returns {Client}
 */
export function connect(url, options) {
  const { first, max } = options.pause ?? { first: 250, max: 30_000 };
  const channels = new Set(options.channels);
  /** @type {Map<number, { resolve(answer: string | null): void, reject(error: Error): void }>} */
  const requests = new Map();
  let requestCount = 0;
  let position = options.since;
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
  const say = (/** @type {object} */ message) => {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message));
  };

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
    const current = new WebSocket(address(), token === undefined ? protocol : [protocol, `${tokenPrefix}${token}`]);
    const asked = new Set(channels);
    socket = current;
    timer = setTimeout(() => current.close(), connectTimeout);
    current.onopen = () => {
      clearTimeout(timer);
      enter('open');
      for (const channel of channels.difference(asked)) say({ type: 'subscribe', channel });
      for (const channel of asked.difference(channels)) say({ type: 'unsubscribe', channel });
    };
    current.onmessage = ({ data }) => take(JSON.parse(data));
    const end = (/** @type {number} */ code, /** @type {string} */ reason) => {
      if (socket !== current) return;
      socket = undefined;
      lose(code, reason);
    };
    current.onclose = ({ code, reason }) => end(code, reason);
    // Node.js 22 reports a failed connection only by an error event.
    current.onerror = () => state === 'connecting' && end(1006, '');
  }

  function address() {
    const target = new URL(url, globalThis.location?.href);
    target.protocol = target.protocol.replace('http', 'ws');
    for (const channel of channels) target.searchParams.append('channel', channel);
    if (position !== undefined) target.searchParams.set('since', position);
    return target;
  }

  /** @param {{ type: string, [field: string]: any }} message */
  function take({ type, ...message }) {
    const { channel, id, payload, from, to, reason, ref } = message;
    if (type === 'message') options.onMessage({ channel, id, payload });
    else if (type === 'gap') options.onGap?.({ channel, from, to, reason });
    else if (type === 'refused' || (type === 'unsubscribed' && reason !== undefined)) {
      channels.delete(channel);
      options.onRefused?.(channel, reason);
    } else if (type === 'answer' || type === 'renewed') requests.get(ref)?.resolve(payload);
    else if (type === 'error') requests.get(ref)?.reject(new Error(reason));
    position = to ?? id ?? position;
    if (type !== 'listening') return;
    pause = first;
    options.onListening?.(channel);
  }

  /** @param {number} code @param {string} reason */
  function lose(code, reason) {
    clearTimeout(timer);
    for (const { reject } of requests.values())
      reject(new Error(`the connection was lost before the answer (${code})`));
    if (finalCodes.includes(code)) enter('closed', reason || `closed with code ${code}`);
    else wait(reason, code === tokenExpired ? 0 : undefined);
  }

  /**
   * Waits before reconnecting. The pause doubles each time and is shortened randomly, so that not all clients reconnect
   * at the same time.
   */
  function wait(reason = '', time = pause * (1 - Math.random() / 2)) {
    enter('waiting', reason);
    pause = Math.min(pause * 2, max);
    timer = setTimeout(open, time);
  }

  /** @param {object} message @returns {Promise<string | null>} */
  function ask(message) {
    if (socket?.readyState !== 1) return Promise.reject(new Error('there is no connection'));
    const ref = ++requestCount;
    say({ ...message, ref });
    return new Promise((resolve, reject) => requests.set(ref, { resolve, reject })).finally(() => requests.delete(ref));
  }

  // Deferred until the caller has the client, which its callbacks may use.
  queueMicrotask(open);
  return {
    get state() {
      return state;
    },
    get position() {
      return position;
    },
    subscribe(channel) {
      if (channels.has(channel)) return;
      channels.add(channel);
      say({ type: 'subscribe', channel });
    },
    unsubscribe(channel) {
      if (channels.delete(channel)) say({ type: 'unsubscribe', channel });
    },
    send: (payload, channel) => ask({ type: 'send', payload, channel }),
    renew: (token) => ask({ type: 'token', token }).then(() => undefined),
    close() {
      if (state === 'closed') return;
      clearTimeout(timer);
      const current = socket;
      socket = undefined;
      current?.close(1000);
      for (const { reject } of requests.values()) reject(new Error('the client was closed'));
      enter('closed');
    },
  };
}
