import type { Format } from './encode.ts';

/** The type and the request of a message, which is all that a load generator has to know of it. */
export interface Head {
  readonly type: number;
  readonly request: number;
}

const COMMA = 0x2c;
const BRACKET = 0x5d;

function jsonHead(bytes: Buffer, start: number): Head {
  const values = [0, 0];
  let at = start + 1;
  for (let index = 0; index < 2; index++, at++) {
    for (; bytes[at] !== COMMA && bytes[at] !== BRACKET; at++) {
      values[index] = (values[index] ?? 0) * 10 + ((bytes[at] ?? 0) - 0x30);
    }
  }
  return { type: values[0] ?? 0, request: values[1] ?? 0 };
}

/** The number of bytes after the first byte of a number, by that byte. */
const msgpackWidths: Readonly<Record<number, number>> = { 204: 1, 205: 2, 206: 4, 207: 8, 203: -8 };
const cborWidths: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8, 251: -8 };

function number(bytes: Buffer, at: number, width: number): number {
  if (width === -8) return bytes.readDoubleBE(at);
  return width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, width);
}

function binaryHead(bytes: Buffer, start: number, widths: Readonly<Record<number, number>>): Head {
  const values: number[] = [];
  let at = start + 1;
  while (values.length < 2) {
    const first = bytes[at] ?? 0;
    const width = widths[first];
    values.push(width === undefined ? first : number(bytes, at + 1, width));
    at += 1 + Math.abs(width ?? 0);
  }
  return { type: values[0] ?? 0, request: values[1] ?? 0 };
}

/** Reads the first two elements of the message that begins at `start`; nothing else of it is looked at. */
export function readHead(format: Format, bytes: Buffer, start: number): Head {
  if (format === 'json') return jsonHead(bytes, start);
  return binaryHead(bytes, start, format === 'msgpack' ? msgpackWidths : cborWidths);
}
