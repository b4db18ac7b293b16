// Opens a WebSocket for each requested channel and shows its messages.
import { openChannel } from './channel-socket.js';
import { indented } from './json.js';

/** Limit of messages per channel on the page. */
const maxMessages = 500;

const form = element('connect', HTMLFormElement);
const input = element('channel', HTMLInputElement);
const token = element('token', HTMLInputElement);
const list = element('channels', HTMLElement);

/** @type {Map<string, ReturnType<typeof openChannel>>} */
const sockets = new Map();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  connect(input.value);
});
form.querySelector('input[type=button]')?.addEventListener('click', () => form.requestSubmit());
addEventListener('pagehide', () => {
  for (const socket of sockets.values()) socket.close();
});

/** @param {string} channel */
function connect(channel) {
  if (sockets.has(channel)) {
    document.getElementById(`content_${channel}`)?.focus();
    return;
  }
  const { status, content } = sectionOf(channel);
  const show = (/** @type {string} */ state, /** @type {string} */ before, /** @type {string} */ after) => {
    const name = document.createElement('b');
    name.textContent = channel;
    status.dataset.state = state;
    status.replaceChildren(before, name, after);
  };
  show('connecting', 'Connecting to ', '…');
  const socket = openChannel(addressOf(channel), token.value.trim(), {
    onOpen: () => show('open', 'Connected to ', ''),
    onText: (text) => append(content, text),
    onClose(code, reason) {
      sockets.delete(channel);
      show('closed', 'Connection to ', ` closed (${code}${reason && `: ${reason}`})`);
    },
  });
  sockets.set(channel, socket);
}

/**
 * The name is put into the address unchanged, except for characters that would end the path.
 *
 * @param {string} channel
 */
function addressOf(channel) {
  const base = document.body.dataset.baseUrl ?? '';
  // A proxy that ends TLS may not report it, but the page itself was loaded over https.
  const secure = location.protocol === 'https:' ? base.replace(/^ws:/, 'wss:') : base;
  return `${secure}/listen/${channel.replace(/[%?#/\\]/g, encodeURIComponent)}`;
}

/**
 * The section of a channel, which remains after its socket was closed.
 *
 * @param {string} channel
 */
function sectionOf(channel) {
  const known = document.getElementById(`status_${channel}`);
  const old = document.getElementById(`content_${channel}`);
  if (known && old) return { status: known, content: old };
  const section = document.createElement('section');
  section.className = 'card';
  const status = document.createElement('p');
  status.id = `status_${channel}`;
  status.setAttribute('role', 'status');
  const content = document.createElement('textarea');
  content.id = `content_${channel}`;
  content.rows = 10;
  content.readOnly = true;
  content.setAttribute('aria-label', `Messages of ${channel}`);
  section.append(status, content);
  list.prepend(section);
  return { status, content };
}

/**
 * @param {HTMLElement} content
 * @param {string} data
 */
function append(content, data) {
  content.append(`${indented(data) ?? data}\n`);
  while (content.childNodes.length > maxMessages) content.firstChild?.remove();
  content.scrollTop = content.scrollHeight;
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
