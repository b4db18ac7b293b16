import { parseArgs } from 'node:util';
import { defaultIniFile } from './settings.ts';

/** The parsed command line of postgresql2websocket. */
export interface Postgresql2websocketCommandLine {
  /** The path of the configuration file. */
  readonly file: string;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The text of `--help`. */
export const postgresql2websocketUsage = `Usage: postgresql2websocket [options] [file]

Sends PostgreSQL notifications (NOTIFY) to WebSockets, like postgresql2websocket. It is the Gateway of pgwamp.

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
 * Parses the command line of postgresql2websocket.
 *
 * @example
 * ```ts
 * parsePostgresql2websocketCommandLine(['shop.conf']).file; // shop.conf
 * ```
 *
 * @throws `TypeError` that names an unknown option or a second file.
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
  if (second !== undefined) throw new TypeError(`expected one file, found a second one: ${second}`);
  return { file, ...values };
}
