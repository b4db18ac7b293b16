/** A position in PostgreSQL's write-ahead log. */
export type Lsn = bigint;

/** Parses PostgreSQL's text form, such as `16/B374D848`. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Formats a position as PostgreSQL does. */
export function lsnText(position: Lsn): string {
  return `${hex(Number(position >> 32n))}/${hex(Number(position & 0xffff_ffffn))}`;
}

/** The text of the upper 48 bits of a position. Consecutive messages of the log mostly have the same. */
const latest = { upper: -1, text: '' };

/**
 * Formats a position stored in a buffer. It does not create a bigint, because every message of the log has a position.
 */
export function readLsn(buffer: Buffer, offset: number): string {
  const upper = buffer.readUIntBE(offset, 6);
  const lower = buffer.readUInt16BE(offset + 6);
  if (upper !== latest.upper) {
    const low = upper % 0x1_0000;
    // Zeros at the start of the lower half are not written.
    if (low === 0) return `${hex(upper / 0x1_0000)}/${hex(lower)}`;
    latest.upper = upper;
    latest.text = `${hex((upper - low) / 0x1_0000)}/${hex(low)}`;
  }
  return `${latest.text}${digits[lower >>> 8]}${digits[lower & 255]}`;
}

/** Every row of the log has a position, and table lookups are faster than `toString` with upper case. */
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** Formats 32 bits as hexadecimal digits without leading zeros. */
function hex(number: number): string {
  const upper = `${digits[number >>> 24]}${digits[(number >>> 16) & 255]}`;
  const text = `${upper}${digits[(number >>> 8) & 255]}${digits[number & 255]}`;
  return text.slice(Math.min(7, Math.clz32(number) >> 2));
}
