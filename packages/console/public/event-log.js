import { LARGE } from './event-record.js';

/** Limit of rows. */
export const ROWS = 200;

/** Limit of characters of large events that are kept completely. */
export const KEPT = 16 * 1024 * 1024;

/** @typedef {import('./event-record.js').EventRecord} EventRecord */

/**
 * Appends, and drops the oldest beyond {@link ROWS}.
 *
 * @param {EventRecord[]} rows
 * @param {EventRecord} record
 */
function append(rows, record) {
  rows.push(record);
  // In slices, because `shift` on every event of a burst would move the whole list each time.
  if (rows.length >= ROWS * 2) rows.splice(0, rows.length - ROWS);
}

/**
 * The last events, and those that pass the filter.
 *
 * The two are kept separately, so that a filter on a quiet topic keeps its rows when a busy one has filled the log.
 */
export class EventLog {
  /** @type {EventRecord[]} */ #all = [];
  /** @type {EventRecord[]} */ #shown = [];
  /** The events that arrived while paused. @type {EventRecord[]} */ #held = [];
  /** Events that would fill the memory if all were kept, the oldest first. @type {EventRecord[]} */ #large = [];
  #largeSize = 0;
  #filter = '';
  paused = false;

  /** Events that arrived while paused, including those beyond the limit. */
  held = 0;

  /** Changes whenever the shown list is replaced: after a filter, a resume or a clear. */
  generation = 0;

  /** The number of records shown in this generation; the page uses it to draw only new ones. */
  appended = 0;

  /** @param {EventRecord} record */
  add(record) {
    if (record.size > LARGE) this.#keepLarge(record);
    if (!this.paused) return this.#show(record);
    this.held++;
    append(this.#held, record);
  }

  /** The shown rows, oldest first. */
  get rows() {
    return this.#shown.slice(-ROWS);
  }

  /** The number of kept rows, whether they pass the filter or not. */
  get kept() {
    return Math.min(this.#all.length, ROWS);
  }

  get filter() {
    return this.#filter;
  }

  set filter(text) {
    this.#filter = text.trim().toLowerCase();
    this.#begin(this.#all.slice(-ROWS).filter((record) => record.matches(this.#filter)));
  }

  resume() {
    this.paused = false;
    for (const record of this.#held) this.#show(record);
    this.#held = [];
    this.held = 0;
  }

  clear() {
    this.#all = [];
    this.#held = [];
    this.held = 0;
    this.#large = [];
    this.#largeSize = 0;
    this.#begin([]);
  }

  /** Keeps the newest large events completely, and at least one. @param {EventRecord} record */
  #keepLarge(record) {
    this.#large.push(record);
    this.#largeSize += record.size;
    while (this.#largeSize > KEPT && this.#large.length > 1) {
      const oldest = this.#large.shift();
      this.#largeSize -= oldest?.size ?? 0;
      oldest?.forget();
    }
  }

  /** @param {EventRecord} record */
  #show(record) {
    append(this.#all, record);
    if (this.#filter && !record.matches(this.#filter)) return;
    append(this.#shown, record);
    this.appended++;
  }

  /** @param {EventRecord[]} shown */
  #begin(shown) {
    this.#shown = shown;
    this.appended = shown.length;
    this.generation++;
  }
}
