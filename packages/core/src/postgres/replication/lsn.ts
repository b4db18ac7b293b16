/** A position in PostgreSQL's write-ahead log. */
export type Lsn = bigint;

/** Reads PostgreSQL's text form, such as `16/B374D848`. */
export function parseLsn(text: string): Lsn {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
