import { byId, say } from './elements.js';

/**
 * Asks for confirmation before a change.
 *
 * @param {string} text a question that names what happens to what
 * @param {string} answer the word on the button that agrees
 * @returns {Promise<boolean>}
 */
export function confirmed(text, answer) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('question'));
  say(byId('question-text'), text);
  byId('question-yes').textContent = answer;
  dialog.showModal();
  return new Promise((resolve) => {
    const asked = new AbortController();
    /** @param {boolean} isAgreed */
    const settle = (isAgreed) => {
      asked.abort();
      resolve(isAgreed);
    };
    const { signal } = asked;
    // Not the event `close`, which comes later: by then the next question may be open, and take the answer for its own.
    dialog.addEventListener('submit', ({ submitter }) => settle(submitter?.getAttribute('value') === 'yes'), {
      signal,
    });
    dialog.addEventListener('cancel', () => settle(false), { signal });
  });
}
