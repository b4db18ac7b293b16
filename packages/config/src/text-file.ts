import { readFileSync } from 'node:fs';

/**
 * Reads a text file in UTF-8, without a byte order mark.
 *
 * @example
 * ```ts
 * readTextFile('config.ini'); // [database]…
 * ```
 *
 * @throws `Error` with the reason, without the name of the file.
 */
export function readTextFile(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new Error(reasonOf(error as NodeJS.ErrnoException), { cause: error });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'this is a folder, and not a file';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the text is not UTF-8: save the file as UTF-8';
  return `cannot be read: ${message}`;
}
