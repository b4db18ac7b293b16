import { byId, say } from './elements.js';
import { duration } from './format.js';

const LABELS = {
  connecting: 'Connecting to the router',
  connected: 'Router connected',
  lost: 'Router not connected',
  failed: 'Not started',
  database: 'Database alone, without a router',
};

/**
 * Shows the state of the connection in the header, and the reason of a loss below it.
 *
 * The state is a live region and changes only when the state does; attempts and delays are in the notice, which is not
 * a live region: a screen reader must not speak every few seconds.
 *
 * @param {import('./connection.js').ConnectionState | 'failed' | 'database'} state  `failed`: no further attempt;
 *   `database`: there is no router
 * @param {Error} [error]
 * @param {number} [delay] ms to the next attempt
 */
export function showState(state, error, delay) {
  const element = byId('state');
  if (element.dataset.state !== state) {
    element.dataset.state = state;
    byId('state-text').textContent = LABELS[state];
  }
  const sentence = error?.message.replace(/\.?$/, '.');
  showNotice(sentence && (delay === undefined ? sentence : `${sentence} The next attempt is in ${duration(delay)}.`));
}

/** @param {string} [text] what went wrong; nothing hides the notice */
export function showNotice(text) {
  const notice = byId('notice');
  notice.hidden = text === undefined;
  say(notice, text ?? '');
}
