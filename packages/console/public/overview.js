import { Chart } from './chart.js';
import { byId } from './elements.js';
import { count, duration, rate } from './format.js';

/** The start of a latency. */
const ORIGINS = {
  commit: 'From the commit time in the log of PostgreSQL to this page. Of a burst a sample is measured.',
  published_at: 'From the time in published_at, which the trigger reads before the transaction ends, to this page.',
};

/** The numbers at the top, and the chart of the last minute with the second under the pointer. */
export class Overview {
  /** @type {import('./statistics.js').Statistics} */ #statistics;
  /** @type {Chart} */ #chart;
  #second = 0;

  /** @param {import('./statistics.js').Statistics} statistics */
  constructor(statistics) {
    this.#statistics = statistics;
    const svg = /** @type {SVGSVGElement} */ (byId('chart'));
    this.#chart = new Chart(svg);
    svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    svg.addEventListener('pointerleave', () => this.#point(-1));
  }

  drawTotal() {
    const { total } = this.#statistics;
    show('total', count(total), total);
  }

  /**
   * Updates the figures, once per second.
   *
   * @param {number} now
   */
  drawSecond(now) {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    this.#second = second;
    const perSecond = this.#statistics.rate(now);
    const { p50, p95 } = this.#statistics.latency(now);
    const { since } = this.#statistics;
    byId('latency-since').textContent = since === 'commit' ? 'Since commit' : 'Since published_at';
    byId('latency-since').title = ORIGINS[since];
    show('rate', rate(perSecond), perSecond);
    show('latency-p50', duration(p50), p50);
    show('latency-p95', duration(p95), p95);
    this.#chart.draw(this.#statistics.seconds(now));
    const spoken = `${rate(perSecond)} events per second, latency since ${since} p50 ${duration(p50)}, p95 ${duration(p95)}`;
    byId('chart').setAttribute('aria-label', `Chart of the last 60 seconds. Now: ${spoken}`);
  }

  /** @param {number} x */
  #point(x) {
    const point = this.#chart.at(x);
    const { count: events = 0, p50, p95 } = point?.second ?? {};
    byId('readout').textContent = point
      ? `${point.ago} s ago: ${count(events)} events/s, p50 ${duration(p50)}, p95 ${duration(p95)}`
      : 'Last 60 seconds';
  }
}

/**
 * @param {string} id
 * @param {string} text
 * @param {number} [value] unrounded, for programs that read the page
 */
function show(id, text, value) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
  element.dataset.value = value === undefined ? '' : String(value);
}
