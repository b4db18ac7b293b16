import { byId } from './elements.js';
import { duration } from './format.js';

const LABELS = {
  connecting: 'Connecting',
  connected: 'Connected',
  lost: 'Connection lost, reconnecting',
  failed: 'Not started',
  database: 'Database alone, without a router',
};

/**
 * Shows the connection's state in the header, and below it why it was lost.
 *
 * The state is a live region and changes only when the state does; attempts and delays are told in the notice, which
 * is none: a screen reader must not speak every few seconds.
 *
 * @param {import('./connection.js').ConnectionState | 'failed' | 'database'} state  `failed`: nothing will be tried again; `database`: there is no router
 * @param {Error} [error]
 * @param {number} [delay] ms to the next attempt
 */
export function showState(state, error, delay) {
  const element = byId('state');
  if (element.dataset.state !== state) {
    element.dataset.state = state;
    byId('state-text').textContent = LABELS[state];
  }
  showNotice(error && `${error.message}${delay === undefined ? '' : ` – next attempt in ${duration(delay)}`}`);
}

/** @param {string} [text] what went wrong; nothing hides the notice */
export function showNotice(text) {
  const notice = byId('notice');
  notice.hidden = text === undefined;
  notice.textContent = text ?? '';
}
