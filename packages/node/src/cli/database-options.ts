import type { Command } from 'commander';
import { type NodeFlags, withNodeOptions } from './node-options.ts';

/** The flags that select the database. */
export interface DatabaseFlags extends NodeFlags {
  readonly database?: string;
}

/** Adds the options that select the database. */
export function withDatabaseOptions(command: Command): Command {
  return withNodeOptions(
    command.option(
      '--database <uri>',
      'postgres://user:password@host:port/database (default: that of the first component of the configuration; PGHOST, ' +
        'PGPORT, PGDATABASE, PGUSER and PGPASSWORD where there is no configuration)',
    ),
  );
}
