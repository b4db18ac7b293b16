import { parseArgs } from 'node:util';

/** The parsed command line of pg_eventserv. */
export interface EventservCommandLine {
  /** The file given with `--config`. */
  readonly config?: string | undefined;
  readonly debug: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The text of `--help`. */
export const eventservUsage = `Usage: pg_eventserv [options]

Sends PostgreSQL notifications (NOTIFY) to WebSockets, like pg_eventserv. It is the Gateway of pgwamp.

Options:
  -c, --config <file>  the configuration, in TOML (default: pg_eventserv.toml in ./config, /config or /etc)
  -d, --debug          log debugging information
  -h, --help           display this help
  -v, --version        display the version

Every key of the configuration may be set by a variable of the environment: ES_ and the key in upper case. DATABASE_URL names
the database.

Example:
  $ DATABASE_URL=postgres://crossbar:secret@localhost/mydb pg_eventserv
`;

/**
 * Parses the command line of pg_eventserv.
 *
 * @example
 * ```ts
 * parseEventservCommandLine(['--config', 'pg_eventserv.toml']).config; // pg_eventserv.toml
 * ```
 *
 * @throws `TypeError` that names an unknown option, or an option without a value.
 */
export function parseEventservCommandLine(args: readonly string[]): EventservCommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c' },
      debug: { type: 'boolean', short: 'd', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  });
  return values;
}
