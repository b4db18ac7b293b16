/** The HTML with which an element was drawn, before the user has changed it. @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Shows elements in a place. An element with the same HTML as before stays, because a user may have selected a text in it or
 * unfolded it.
 *
 * @param {HTMLElement} place
 * @param {readonly HTMLElement[]} elements
 * @returns {boolean} whether anything has changed
 */
export function redraw(place, elements) {
  const former = [...place.children];
  const changed = elements.filter((element, index) => {
    const html = element.outerHTML;
    const old = former[index];
    if (old && drawn.get(old) === html) return false;
    drawn.set(element, html);
    if (old) old.replaceWith(element);
    else place.append(element);
    return true;
  });
  const surplus = former.slice(elements.length);
  for (const old of surplus) old.remove();
  return changed.length + surplus.length > 0;
}
