import { byId } from './elements.js';

/**
 * The view and its parameters are in the URL after the `#`, so that a reload, a bookmark and the back button keep them.
 */
export class Navigation {
  /** @type {Map<string, () => void>} */ #shown = new Map();
  #standard;
  #locked = false;

  /** @param {string} standard the view that is shown where the URL names none */
  constructor(standard) {
    this.#standard = standard;
    addEventListener('hashchange', () => this.draw());
    // The target of a skip link is not a view.
    byId('skip').addEventListener('click', (event) => {
      event.preventDefault();
      byId('main').focus();
    });
  }

  /** The present view. */
  get view() {
    if (this.#locked) return 'sign-in';
    const [name = ''] = location.hash.slice(1).split('?');
    return name !== '' && document.getElementById(`view-${name}`) ? name : this.#standard;
  }

  /** The parameters of the present view. */
  get parameters() {
    return new URLSearchParams(location.hash.split('?')[1] ?? '');
  }

  /**
   * Writes parameters into the URL, without a new history entry.
   *
   * @param {URLSearchParams} parameters
   */
  set parameters(parameters) {
    const text = parameters.toString();
    history.replaceState(undefined, '', `#${this.view}${text ? `?${text}` : ''}`);
  }

  /**
   * @param {string} view
   * @param {() => void} shown hears that the view is shown
   */
  onShow(view, shown) {
    this.#shown.set(view, shown);
  }

  /** Shows only the sign-in, or the view in the URL again. @param {boolean} locked */
  set locked(locked) {
    this.#locked = locked;
    this.draw();
  }

  draw() {
    const { view } = this;
    for (const section of document.querySelectorAll('.view')) {
      /** @type {HTMLElement} */ (section).hidden = section.id !== `view-${view}`;
    }
    for (const link of document.querySelectorAll('.views a')) {
      if (link.getAttribute('data-view') === view) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.#shown.get(view)?.();
  }
}
