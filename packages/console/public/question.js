import { byId } from './elements.js';

/**
 * Asks for confirmation before a change.
 *
 * @param {string} text a question that names what happens to what
 * @param {string} answer the word on the button that agrees
 * @returns {Promise<boolean>}
 */
export function confirmed(text, answer) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('question'));
  byId('question-text').textContent = text;
  byId('question-yes').textContent = answer;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
