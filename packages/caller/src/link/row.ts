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
  let size = description.length + ending.length;
  for (const row of rows) size += sizeOf(row);
  const answer = Buffer.allocUnsafe(size);
  answer.set(description);
  let offset = description.length;
  for (const row of rows) offset = writeRow(answer, row, offset);
  answer.set(ending, offset);
  return answer;
}

function sizeOf({ kind, payload, args, kwargs }: Row): number {
  let size = headSize;
  for (const field of [kind, payload, args, kwargs]) size += lengthSize + Buffer.byteLength(field ?? '');
  return size;
}

/** Returns the offset after the row. */
function writeRow(answer: Buffer, { kind, payload, args, kwargs }: Row, start: number): number {
  answer.writeUInt8(dataRow, start);
  answer.writeInt16BE(columns.length, start + headSize - 2);
  let offset = start + headSize;
  for (const field of [kind, payload, args, kwargs]) {
    const size = field === null ? 0 : answer.write(field, offset + lengthSize);
    answer.writeInt32BE(field === null ? -1 : size, offset);
    offset += lengthSize + size;
  }
  answer.writeInt32BE(offset - start - 1, start + 1);
  return offset;
}
