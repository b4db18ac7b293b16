/**
 * Makes Enter submit the form of a text area, as in a field of one line. Shift+Enter, and a pasted text, add lines.
 *
 * @param {HTMLElement} element
 * @returns {HTMLTextAreaElement}
 */
export function linesField(element) {
  const field = /** @type {HTMLTextAreaElement} */ (element);
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });
  return field;
}
