import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@pgwamp/config';
import { parse, TomlError } from 'smol-toml';
import { readText } from '../read-text.ts';

/** The folders in which pg_eventserv looks for its file, in this order. */
const folders = ['./config', '/config', '/etc'];
const fileName = 'pg_eventserv.toml';

/** A configuration file, unchecked. */
export interface EventservFile {
  /** Its path; undefined if there is none. */
  readonly path: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads the given file, or the first one in the folders of pg_eventserv.
 *
 * @throws `ConfigurationError` if the given file does not exist, or a file is not valid TOML.
 */
export function readEventservFile(named: string | undefined, searched: readonly string[] = folders): EventservFile {
  const path = named ?? searched.map((folder) => join(folder, fileName)).find((candidate) => existsSync(candidate));
  if (path === undefined) return { path, values: {} };
  return { path, values: parseToml(path, readText(path)) };
}

function parseToml(path: string, text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new ConfigurationError([{ keys: [`${path}:${error.line}:${error.column}`], message: `no TOML: ${reason}` }], {
      cause: error,
    });
  }
}
