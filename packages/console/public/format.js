const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const TWO_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** @param {number} value */
export function count(value) {
  return WHOLE.format(value);
}

/**
 * A number with its noun, which is given in the plural.
 *
 * @param {number} value
 * @param {string} nouns
 */
export function counted(value, nouns) {
  return `${count(value)} ${value === 1 ? nouns.replace(/s$/, '') : nouns}`;
}

/**
 * Events per second, without the unit.
 *
 * @param {number} value
 */
export function rate(value) {
  return value < 10 ? TENTHS.format(value) : WHOLE.format(value);
}

/**
 * A duration of `value` ms with its unit; an en dash if nothing was measured.
 *
 * @param {number | undefined} value
 */
export function duration(value) {
  if (value === undefined) return '–';
  if (Math.abs(value) >= 9950) return `${TENTHS.format(value / 1000)} s`;
  return Math.abs(value) < 100 ? `${TWO_DIGITS.format(value)} ms` : `${WHOLE.format(value)} ms`;
}

/**
 * The local time of day to the millisecond.
 *
 * @param {number} time ms since 1970
 */
export function timeOfDay(time) {
  const date = new Date(time);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/**
 * A number of bytes with a unit, like PostgreSQL's pg_size_pretty.
 *
 * @param {number} value
 */
export function bytes(value) {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
  return `${TENTHS.format(value / 1024 ** power)} ${UNITS[power]}`;
}

const AGO = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' });

/**
 * How long ago a moment was.
 *
 * @param {number} time ms since 1970
 * @param {number} [now]
 */
export function since(time, now = Date.now()) {
  const seconds = Math.round((time - now) / 1000);
  if (seconds > -60) return AGO.format(seconds, 'second');
  if (seconds > -3600) return AGO.format(Math.round(seconds / 60), 'minute');
  return seconds > -86_400 ? AGO.format(Math.round(seconds / 3600), 'hour') : new Date(time).toLocaleString('en-US');
}
