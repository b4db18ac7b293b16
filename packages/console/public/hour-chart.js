import { timeOfDay } from './format.js';

/** The series, with the colors of styles.css. */
const SERIES = /** @type {const} */ ([
  ['published', 'published/s', '--teal'],
  ['handled', 'handled/s', '--blue'],
  ['called', 'calls/s', '--bar'],
  ['failed', 'failed or refused/s', '--red'],
]);

/** @typedef {import('./node-client.js').Sample} Sample */

/** The last hour of the node as rates. */
export class HourChart {
  #place;
  /** @type {import('./uPlot.esm.js').default | undefined} */ #plot;
  /** The colors that the chart was made with. */
  #colours = '';
  /** @type {Promise<typeof import('./uPlot.esm.js')> | undefined} */ #library;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
    new ResizeObserver(() => this.#plot?.setSize({ width: place.clientWidth, height: 200 })).observe(place);
  }

  /**
   * @param {readonly Sample[]} samples the oldest first
   * @throws the error of loading the library: it does not support browsers with an unknown language
   */
  async draw(samples) {
    if (samples.length < 2) return;
    // Loaded on demand, so that the first events do not wait for it.
    this.#library ??= import('./uPlot.esm.js');
    const { default: Plot } = await this.#library;
    const data = [samples.slice(1).map(({ at }) => at / 1000), ...SERIES.map(([key]) => ratesOf(samples, key))];
    const colours = SERIES.map(([, , name]) => colourOf(this.#place, name)).join();
    if (this.#plot && colours === this.#colours) return this.#plot.setData(data);
    // Its legend keeps the colors that it was made with.
    this.#plot?.destroy();
    this.#colours = colours;
    this.#plot = this.#make(Plot, data);
  }

  /**
   * @param {typeof import('./uPlot.esm.js').default} Plot
   * @param {(number | null)[][]} data
   */
  #make(Plot, data) {
    const axis = { stroke: () => getComputedStyle(this.#place).color, grid: { stroke: 'rgb(128 128 128 / 0.2)' } };
    const series = SERIES.map(([, label, name]) => ({ label, stroke: () => colourOf(this.#place, name), width: 1.5 }));
    // Always one hour: for a single point, uPlot would choose years.
    const scales = {
      x: {
        range: (/** @type {unknown} */ _plot, /** @type {number} */ _first, /** @type {number} */ last) => [
          last - 3600,
          last,
        ],
      },
    };
    const options = {
      width: this.#place.clientWidth,
      height: 200,
      axes: [
        { ...axis, values: (/** @type {unknown} */ _plot, /** @type {number[]} */ at) => at.map(hourAndMinute) },
        axis,
      ],
      scales,
      series: [{}, ...series],
    };
    return new Plot(options, data, this.#place);
  }
}

/** @param {number} seconds since 1970 */
function hourAndMinute(seconds) {
  return timeOfDay(seconds * 1000).slice(0, 5);
}

/**
 * The color of a CSS variable in the present theme, since a canvas does not support variables.
 *
 * @param {HTMLElement} place
 * @param {string} name
 */
function colourOf(place, name) {
  place.style.setProperty('outline-color', `var(${name})`);
  return getComputedStyle(place).outlineColor;
}

/**
 * The rate per second between two samples; a counter that was reset has no rate.
 *
 * @param {readonly Sample[]} samples
 * @param {'published' | 'handled' | 'called' | 'failed'} key
 * @returns {(number | null)[]}
 */
export function ratesOf(samples, key) {
  return samples.slice(1).map((sample, index) => {
    const before = /** @type {Sample} */ (samples[index]);
    const grown = sample[key] - before[key];
    return grown < 0 ? null : (grown * 1000) / (sample.at - before.at);
  });
}
