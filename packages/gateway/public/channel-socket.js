// A WebSocket of one channel, with a token where the gateway asks for one.

/**
 * The events of the socket.
 *
 * @typedef {object} Listener
 * @property {() => void} onOpen
 * @property {(text: string) => void} onText  a message of the channel, or the answer to a sent message
 * @property {(code: number, reason: string) => void} onClose
 */

/**
 * Opens a channel. A page can send a token only in the list of subprotocols, which does not appear in logs of
 * addresses. The gateway must then select another subprotocol, so a socket with a token speaks pgwamp.v1.
 *
 * @param {string} address
 * @param {string} token  empty for none
 * @param {Listener} listener
 */
export function openChannel(address, token, { onOpen, onText, onClose }) {
  const isPlain = token === '';
  const socket = new WebSocket(address, isPlain ? [] : ['pgwamp.v1', `bearer.${token}`]);
  socket.addEventListener('open', onOpen);
  socket.addEventListener('close', ({ code, reason }) => onClose(code, reason));
  socket.addEventListener('message', ({ data }) => {
    const text = isPlain ? data : textOf(JSON.parse(data));
    if (typeof text === 'string') onText(text);
  });
  return {
    /** @param {string} payload */
    send: (payload) => socket.send(isPlain ? payload : JSON.stringify({ type: 'send', payload })),
    close: () => socket.close(1000),
  };
}

/**
 * The text of a pgwamp.v1 message for people; undefined for messages that only clients need.
 *
 * @param {{ type: string, payload?: unknown, reason?: unknown }} message
 */
function textOf({ type, payload, reason }) {
  if (type === 'message' || type === 'answer') return payload;
  if (type === 'gap') return `messages may be missing: ${reason}`;
  return type === 'error' ? `error: ${reason}` : undefined;
}
