import { ConfigurationError, readTextFile } from '@pgwamp/config';

/**
 * Reads a configuration file, without a byte order mark.
 *
 * @throws `ConfigurationError` with the name of the file.
 */
export function readText(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new ConfigurationError([{ keys: [file], message: (error as Error).message }], { cause: error });
  }
}
