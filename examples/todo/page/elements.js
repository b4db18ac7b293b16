/** @param {string} id */
export function element(id) {
  return document.getElementById(id);
}

/**
 * @param {string} id
 * @param {boolean} isHidden
 */
export function hide(id, isHidden) {
  element(id).hidden = isHidden;
}

/**
 * Makes the children of an element follow some rows. A row keeps its child, and with it the keyboard's focus.
 *
 * @template Row
 * @param {HTMLElement} parent
 * @param {string} template  id of the template of a new child
 * @param {readonly Row[]} rows
 * @param {(row: Row) => string | number} keyOf
 * @param {(child: HTMLElement, row: Row) => void} fill  called for every row each time
 */
export function follow(parent, template, rows, keyOf, fill) {
  const former = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const children = rows.map((row) => {
    const key = String(keyOf(row));
    const child = former.get(key) ?? element(template).content.cloneNode(true).firstElementChild;
    child.dataset.key = key;
    fill(child, row);
    return child;
  });
  const focused = document.activeElement;
  for (const child of former.values()) if (!children.includes(child)) child.remove();
  for (const [index, child] of children.entries()) {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  }
  // A child that was moved has lost it.
  if (focused?.isConnected && focused !== document.activeElement) focused.focus();
}
