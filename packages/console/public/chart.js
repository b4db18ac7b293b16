import { createSvg } from './elements.js';
import { count, duration } from './format.js';
import { SECONDS } from './statistics.js';

/**
 * The last minute as SVG: the rate as bars above, the latency as lines below, on one axis of time.
 *
 * Two panels instead of two scales in one, so that each line clearly belongs to its axis.
 *
 * @typedef {import('./statistics.js').Second} Second
 * @typedef {{ top: number, height: number, most: number, label: (value: number) => string }} Panel
 */
const LEFT = 52;
const RIGHT = 6;
const RATE = { top: 18, height: 78 };
const LATENCY = { top: 122, height: 46 };
const HEIGHT = 190;

/**
 * The smallest of 1, 2, 5, 10, 20 … that is at least `value`, so that the scale does not change with every event.
 *
 * @param {number} value
 */
export function scaleTop(value) {
  if (!(value > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/**
 * @param {Second[]} seconds
 * @param {'p50' | 'p95'} key
 */
function highest(seconds, key) {
  return Math.max(0, ...seconds.map((second) => second[key] ?? 0));
}

export class Chart {
  /** @type {SVGSVGElement} */ #svg;
  /** @type {Second[]} */ #seconds = [];
  #width = 0;

  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.#svg = svg;
    new ResizeObserver(() => this.draw(this.#seconds)).observe(svg);
  }

  /** @param {Second[]} seconds the oldest first */
  draw(seconds) {
    this.#seconds = seconds;
    this.#width = this.#svg.clientWidth;
    // A hidden view has no width; the observer draws it when it has one.
    if (this.#width === 0) return;
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${HEIGHT}`);
    const most = scaleTop(Math.max(0, ...seconds.map((second) => second.count)));
    const longest = scaleTop(highest(seconds, 'p95'));
    const rate = { ...RATE, most, label: count };
    const latency = { ...LATENCY, most: longest, label: duration };
    this.#svg.replaceChildren(
      ...this.#axis('events/s', rate),
      ...this.#axis('latency', latency),
      ...this.#times(),
      ...this.#bars(rate),
      this.#line('p95', latency),
      this.#line('p50', latency),
    );
  }

  /**
   * The second at a horizontal position, counted back from now.
   *
   * @param {number} x CSS pixels from the chart's left edge
   * @returns {{ ago: number, second: Second } | undefined}
   */
  at(x) {
    const index = Math.floor((x - LEFT) / this.#step);
    const second = this.#seconds[index];
    return second && { ago: SECONDS - index, second };
  }

  get #step() {
    return Math.max(0, this.#width - LEFT - RIGHT) / SECONDS;
  }

  /**
   * @param {string} title
   * @param {Panel} panel
   */
  *#axis(title, { top, height, most, label }) {
    yield createSvg('text', { x: LEFT, y: top - 7, class: 'axis-title' }, title);
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(top + height * (1 - share)) + 0.5;
      yield createSvg('line', { x1: LEFT, x2: this.#width - RIGHT, y1: y, y2: y, class: share ? 'grid' : 'base' });
      if (share === 0.5) continue;
      yield createSvg('text', { x: LEFT - 8, y: y + 4, class: 'tick-y' }, share ? label(most) : '0');
    }
  }

  *#times() {
    for (const [ago, anchor] of /** @type {const} */ ([
      [60, 'start'],
      [45, 'middle'],
      [30, 'middle'],
      [15, 'middle'],
      [0, 'end'],
    ])) {
      const x = LEFT + (SECONDS - ago) * this.#step;
      yield createSvg('text', { x, y: HEIGHT - 5, 'text-anchor': anchor }, ago ? `−${ago} s` : 'now');
    }
  }

  /** @param {Panel} panel */
  *#bars({ top, height, most }) {
    const gap = this.#step > 4 ? 2 : 1;
    for (const [index, { count: events }] of this.#seconds.entries()) {
      if (!events) continue;
      // A single event among thousands remains visible.
      const tall = Math.max(1.5, (events / most) * height);
      const x = LEFT + index * this.#step + gap / 2;
      yield createSvg('rect', {
        x,
        y: top + height - tall,
        width: this.#step - gap,
        height: tall,
        rx: 1,
        class: 'bar',
      });
    }
  }

  /**
   * One path, with gaps where nothing was measured; a lone second becomes a dot by its round line ends.
   *
   * @param {'p50' | 'p95'} key
   * @param {Panel} panel
   */
  #line(key, { top, height, most }) {
    let path = '';
    let drawing = false;
    for (const [index, second] of this.#seconds.entries()) {
      const value = second[key];
      if (value !== undefined) {
        const x = (LEFT + (index + 0.5) * this.#step).toFixed(1);
        const y = (top + height * (1 - Math.max(0, value) / most)).toFixed(1);
        path += drawing ? `L${x} ${y}` : `M${x} ${y}h0`;
      }
      drawing = value !== undefined;
    }
    return createSvg('path', { d: path, class: `line ${key}` });
  }
}
