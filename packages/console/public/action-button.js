import { create, reasonOf, say } from './elements.js';
import { confirmed } from './question.js';

/**
 * A button in a table that changes data: it asks for confirmation, and then redraws the table. An error is shown above
 * the table until the next change.
 *
 * @param {HTMLElement} place the table's element
 * @param {object} action
 * @param {string} action.word on the button
 * @param {string} action.ask a question that names what happens to what
 * @param {() => Promise<void>} action.run
 * @param {() => Promise<void>} action.draw redraws the table
 */
export function actionButton(place, { word, ask, run, draw }) {
  const button = create('button', { type: 'button', class: 'quiet' }, word);
  button.addEventListener('click', async () => {
    if (!(await confirmed(ask, word))) return;
    try {
      await run();
      showProblem(place, '');
    } catch (error) {
      showProblem(place, reasonOf(error));
    }
    await draw();
    // The button was removed with its row: keyboard focus must not return to the top of the page.
    place.tabIndex = -1;
    place.focus();
  });
  return button;
}

/**
 * @param {HTMLElement} place
 * @param {string} text
 */
function showProblem(place, text) {
  const last = place.previousElementSibling;
  const problem = last?.matches('[role=alert]') ? last : create('p', { class: 'error', role: 'alert' });
  if (problem !== last) place.before(problem);
  say(problem, text);
}
