/** A position in PostgreSQL's write-ahead log. */
export type Lsn = bigint;

/** Reads PostgreSQL's text form, such as `16/B374D848`. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** PostgreSQL's text form of a position. */
export function lsnText(position: Lsn): string {
  return `${hex(Number(position >> 32n))}/${hex(Number(position & 0xffff_ffffn))}`;
}

/** PostgreSQL's text form of a position that stands in a buffer. Not by way of a bigint, since every message of the log has one. */
export function readLsn(buffer: Buffer, offset: number): string {
  return `${hex(buffer.readUInt32BE(offset))}/${hex(buffer.readUInt32BE(offset + 4))}`;
}

function hex(number: number): string {
  return number.toString(16).toUpperCase();
}
