import { type JsonWriter, jsonArray, plainWriters, typeOid } from './json-value.ts';
import { readArray } from './nested-text.ts';
import type { TypeShape } from './type-catalog.ts';

/**
 * Writes values like Debezium without schemas, with `decimal.handling.mode=string`, `interval.handling.mode=string` and
 * `binary.handling.mode=base64`.
 *
 * @see https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-data-types
 */
export function debeziumWriter(shape: TypeShape): JsonWriter {
  if (shape.kind === 'array') {
    const write = debeziumWriter(shape.element);
    return (text) => jsonArray(readArray(text, shape.delimiter), write);
  }
  return shape.kind === 'scalar' ? (scalarWriters[shape.oid] ?? JSON.stringify) : JSON.stringify;
}

const timetz = 1266;

const scalarWriters: Readonly<Record<number, JsonWriter>> = {
  ...plainWriters,
  [typeOid.oid]: (text) => text,
  [typeOid.bytea]: (text) => `"${Buffer.from(text.slice(2), 'hex').toString('base64')}"`,
  [typeOid.date]: unlessInfinite((text) => String(daysOf(text))),
  [typeOid.time]: (text) => String(microsecondsOf(text)),
  [timetz]: utcTime,
  [typeOid.timestamp]: unlessInfinite(epochMicroseconds),
  [typeOid.timestamptz]: unlessInfinite(isoInstant),
  [typeOid.interval]: unlessInfinite(isoInterval),
};

/** An infinite value is a string, since it has no other form. */
function unlessInfinite(write: JsonWriter): JsonWriter {
  return (text) => (text.endsWith('infinity') ? `"${text}"` : write(text));
}

/** The Gregorian calendar repeats itself after so many years, which have so many days. */
const cycle = { years: 400, days: 146_097 };

/** The days since 1970 of a date in ISO 8601, possibly BC. PostgreSQL has dates in years that `Date` does not have. */
function daysOf(text: string): number {
  const [, digits, month, day] = /^(\d+)-(\d\d)-(\d\d)/.exec(text) ?? [];
  const year = text.endsWith(' BC') ? 1 - Number(digits) : Number(digits);
  const cycles = Math.floor(year / cycle.years);
  const date = new Date(0);
  date.setUTCFullYear(year - cycles * cycle.years, Number(month) - 1, Number(day));
  return date.getTime() / 86_400_000 + cycles * cycle.days;
}

/** The microseconds since midnight. */
function microsecondsOf(text: string): number {
  const [, hours, minutes, seconds, fraction = ''] = /(\d\d):(\d\d):(\d\d)(?:\.(\d+))?/.exec(text) ?? [];
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

/** Converts a time of day to UTC. */
function utcTime(text: string): string {
  const [, sign, hours, minutes = '0', seconds = '0'] = /([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(text) ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * (sign === '-' ? -1 : 1);
  const day = 86_400;
  const total = (Math.floor(microsecondsOf(text) / 1_000_000) - offset + day) % day;
  const fraction = /\.\d+/.exec(text)?.[0] ?? '';
  return `"${new Date(total * 1000).toISOString().slice(11, 19)}${fraction}Z"`;
}

/** A moment in UTC. ISO 8601 has a year 0 before the year 1, and requires a sign for years of more than four digits. */
function isoInstant(text: string): string {
  const [, digits, rest = '', bc] = /^(\d+)(.*?)\+00( BC)?$/.exec(text) ?? [];
  const year = bc ? 1 - Number(digits) : Number(digits);
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `"${sign}${String(Math.abs(year)).padStart(4, '0')}${rest.replace(' ', 'T')}Z"`;
}

function epochMicroseconds(text: string): string {
  return String(BigInt(daysOf(text)) * 86_400_000_000n + BigInt(microsecondsOf(text)));
}

/** Converts `1 year 2 mons -3 days +04:05:06.7` to `P1Y2M-3DT4H5M6.7S`. */
function isoInterval(text: string): string {
  const part = (unit: string) => Number(new RegExp(`(-?\\d+) ${unit}`).exec(text)?.[1] ?? 0);
  const [, sign = '', hours = '0', minutes = '0', seconds = '0'] =
    /([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  const minus = sign === '-' ? '-' : '';
  const timeOf = (digits: string) => (Number(digits) === 0 ? '0' : minus + digits.replace(/^0+(?=\d)/, ''));
  const time = `T${timeOf(hours)}H${timeOf(minutes)}M${timeOf(seconds)}S`;
  return `"P${part('years?')}Y${part('mons?')}M${part('days?')}D${time}"`;
}
