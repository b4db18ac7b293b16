// Listens to one channel, shows its messages, and sends typed messages if the gateway receives them.
import { openChannel } from './channel-socket.js';

/** Limit of messages on the page. */
const maxMessages = 500;

const connectForm = element('connect', HTMLFormElement);
const sendForm = element('send', HTMLFormElement);
const channel = element('channel', HTMLInputElement);
const token = element('token', HTMLInputElement);
const message = element('message', HTMLInputElement);
const status = element('status', HTMLElement);
const journal = element('journal', HTMLElement);
const takesMessages = document.body.dataset.receive === 'on';

/** @type {ReturnType<typeof openChannel> | undefined} */
let socket;

element('receive', HTMLElement).textContent = takesMessages
  ? 'A function of the database handles each message, and its result is the answer.'
  : 'This gateway takes no messages: its option receive is off. It never runs SQL that comes from a socket.';

connectForm.addEventListener('submit', (event) => {
  event.preventDefault();
  connect();
});
sendForm.addEventListener('submit', (event) => {
  event.preventDefault();
  socket?.send(message.value);
  message.value = '';
});
addEventListener('pagehide', () => socket?.close());

const asked = new URLSearchParams(location.search).get('channel');
if (asked !== null) channel.value = asked;
connect();

function connect() {
  socket?.close();
  const name = channel.value;
  show('connecting', 'Connecting to ', name, '…');
  const current = openChannel(addressOf(name), token.value.trim(), {
    onOpen() {
      if (socket === current) show('open', 'Connected to ', name, '');
    },
    onText(text) {
      journal.prepend(`${new Date().toLocaleString()}: ${text}\n`);
      while (journal.childNodes.length > maxMessages) journal.lastChild?.remove();
    },
    onClose(code, reason) {
      if (socket === current) show('closed', 'Connection to ', name, ` closed (${code}${reason && `: ${reason}`})`);
    },
  });
  socket = current;
}

/** @param {string} name */
function addressOf(name) {
  const base = document.body.dataset.baseUrl ?? '';
  // A proxy that ends TLS may not report it, but the page itself was loaded over https.
  const secure = location.protocol === 'https:' ? base.replace(/^ws:/, 'wss:') : base;
  return `${secure}/${encodeURIComponent(name)}`;
}

/**
 * @param {string} state
 * @param {string} before
 * @param {string} name
 * @param {string} after
 */
function show(state, before, name, after) {
  const bold = document.createElement('b');
  bold.textContent = name;
  status.dataset.state = state;
  status.replaceChildren(before, bold, after);
  const canSend = takesMessages && state === 'open';
  for (const input of sendForm.querySelectorAll('input')) input.disabled = !canSend;
}

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function element(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no #${id}`);
}
