import { parseArgs } from 'node:util';
import { defaultIniFile } from './settings.ts';

/** The command line of postgresql2websocket, read. */
export interface Postgresql2websocketCommandLine {
  /** The configuration. */
  readonly file: string;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The text of `--help`. */
export const postgresql2websocketUsage = `Usage: postgresql2websocket [options] [file]

Sends what PostgreSQL says with NOTIFY to WebSockets, as postgresql2websocket does. It is the Gateway of pgwamp.

Arguments:
  file           the configuration, an ini file with [postgresql] and [web] (default: ${defaultIniFile})

Options:
  -d, --debug    log debugging information
  -h, --help     display this help
  -v, --version  display the version

Example:
  $ postgresql2websocket /etc/postgresql2websocket.conf
`;

/**
 * Reads the command line of postgresql2websocket.
 *
 * @example
 * ```ts
 * parsePostgresql2websocketCommandLine(['shop.conf']).file; // shop.conf
 * ```
 *
 * @throws `TypeError` that names an option which does not exist, or a second file.
 */
export function parsePostgresql2websocketCommandLine(args: readonly string[]): Postgresql2websocketCommandLine {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      debug: { type: 'boolean', short: 'd', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  });
  const [file = defaultIniFile, second] = positionals;
  if (second !== undefined) throw new TypeError(`one file is expected, found a second one: ${second}`);
  return { file, ...values };
}
