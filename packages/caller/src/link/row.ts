import { commandComplete, int16, int32, message, readyForQuery } from './backend-messages.ts';

/** The row that answers a query. */
export interface Row {
  /**
   * - `result`: the call has returned a result;
   * - `error`: the call has failed with a WAMP error;
   * - `pending`: there is no outcome yet, and `wait` asks again;
   * - `progress`: a progressive result, and `next` asks for the next one;
   * - `end`: the last row of a call with progressive results, and its final result;
   * - `lost`: the outcome is unknown;
   * - `refused`: the call cannot be sent and was not sent: `payload` is the reason, `args` the SQLSTATE, `kwargs` the
   *   hint;
   * - `moved`: the Caller is about to stop and has not made the call. Another Caller may make it.
   */
  readonly kind: 'result' | 'error' | 'pending' | 'progress' | 'end' | 'lost' | 'refused' | 'moved';
  /** JSON text, or null for none. For an error its URI, for `lost` the reason. */
  readonly payload: string | null;
  /** For an error: a JSON array. */
  readonly args: string | null;
  /** For an error: a JSON object. */
  readonly kwargs: string | null;
}

const textType = 25;
const noTable = [int32(0), int16(0)];
const textColumn = [int32(textType), int16(-1), int32(-1), int16(0)];
const columns = ['kind', 'payload', 'args', 'kwargs'];
const description = message(
  'T',
  int16(columns.length),
  ...columns.flatMap((name) => [`${name}\0`, ...noTable, ...textColumn]),
);
/** The client ignores the number of rows in the command tag. */
const ending = Buffer.concat([commandComplete('SELECT 1'), readyForQuery]);

const dataRow = 'D'.charCodeAt(0);
const headSize = 1 + 4 + 2;
const lengthSize = 4;

/** Encodes the complete answer to a query, for a single write. */
export function answerOf(rows: readonly Row[]): Buffer {
  const sizes = rows.map(sizeOf);
  const answer = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, description.length + ending.length));
  answer.set(description);
  let offset = description.length;
  for (const [index, row] of rows.entries()) offset = writeRow(answer, row, sizes[index] ?? 0, offset);
  answer.set(ending, offset);
  return answer;
}

function sizeOf({ kind, payload, args, kwargs }: Row): number {
  return headSize + fieldSize(kind) + fieldSize(payload) + fieldSize(args) + fieldSize(kwargs);
}

function writeRow(answer: Buffer, { kind, payload, args, kwargs }: Row, size: number, start: number): number {
  let offset = answer.writeUInt8(dataRow, start);
  offset = answer.writeInt32BE(size - 1, offset);
  offset = answer.writeInt16BE(columns.length, offset);
  for (const field of [kind, payload, args, kwargs]) offset = writeField(answer, field, offset);
  return offset;
}

function fieldSize(field: string | null): number {
  return lengthSize + (field === null ? 0 : Buffer.byteLength(field));
}

function writeField(answer: Buffer, field: string | null, offset: number): number {
  if (field === null) return answer.writeInt32BE(-1, offset);
  const size = answer.write(field, offset + lengthSize);
  answer.writeInt32BE(size, offset);
  return offset + lengthSize + size;
}
