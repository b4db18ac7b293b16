import { counted } from '@pgwamp/config';
import type { Command } from 'commander';
import { CommandError, NotParkedError } from '../errors.ts';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadFindDatabase = () => import('./find-database.ts');

interface ParkedFlags extends DatabaseFlags {
  readonly proxy: string;
  readonly sink?: string;
  readonly json?: boolean;
  readonly all?: boolean;
}

/** A row of the list. */
interface ParkedRow {
  readonly id: string;
  readonly sink: string;
  readonly state: string;
  readonly destination: string;
  readonly parked_at: string;
  readonly error: string;
}

/** `pgwamp proxy parked`: shows, retries and discards messages that a Proxy could not deliver. */
export function proxyParked(proxy: Command): void {
  const parked = proxy
    .command('parked')
    .description('Shows, retries and discards messages that a Proxy could not deliver.');
  const listing = withFlags(parked.command('list'))
    .description('Lists the messages in crossbar.parked_message, in the order in which they were parked.')
    .action(list);
  const showing = withFlags(parked.command('show <id>'))
    .description('Prints one complete message with its error. Its payload comes last.')
    .action(show);
  const retry = withFlags(parked.command('retry [ids...]'))
    .option('--all', 'all parked messages of the Proxy, or of the sink')
    .description('Sends messages again, together with those that wait behind them.')
    .action((ids: string[], flags: ParkedFlags) => decide('retry_parked', ids, flags));
  const discard = withFlags(parked.command('discard [ids...]'))
    .option('--all', 'all parked messages of the Proxy, or of the sink')
    .description('Deletes messages permanently. Those that wait behind them are sent.')
    .action((ids: string[], flags: ParkedFlags) => decide('discard_parked', ids, flags));
  withExamples(parked, 'pgwamp proxy parked list');
  withExamples(listing, 'pgwamp proxy parked list --sink broker --json');
  withExamples(showing, 'pgwamp proxy parked show 7');
  withExamples(retry, 'pgwamp proxy parked retry 7 8', 'pgwamp proxy parked retry --all --sink broker');
  withExamples(discard, 'pgwamp proxy parked discard 7');
}

function withFlags(command: Command): Command {
  return withDatabaseOptions(
    command
      .option('--proxy <name>', 'the name of the Proxy', 'proxy')
      .option('--sink <name>', 'only of this sink')
      .option('--json', 'print JSON'),
  );
}

async function list(flags: ParkedFlags): Promise<void> {
  const rows = await query<ParkedRow>(
    flags,
    `SELECT id::text, sink, state, destination, parked_at::text, error FROM crossbar.parked_message
     WHERE proxy = $1 AND sink = coalesce($2, sink) ORDER BY parked_message.id`,
    [flags.proxy, flags.sink ?? null],
  );
  if (flags.json) print(rows);
  else if (rows.length === 0) process.stdout.write('nothing is parked\n');
  else for (const row of rows) process.stdout.write(`${line(row)}\n`);
}

function line({ id, sink, state, destination, parked_at, error }: ParkedRow): string {
  return `${id}  ${parked_at.slice(0, 19)}  ${state.padEnd(10)}  ${sink} → ${destination}  ${error}`;
}

async function show(id: string, flags: ParkedFlags): Promise<void> {
  const [row] = await query<Record<string, unknown> & { payload: Buffer }>(
    flags,
    'SELECT id::text, proxy, sink, source, message_id, destination, key, order_key, content_type, headers, state, tries, error, ' +
      'committed_at::text, parked_at::text, payload FROM crossbar.parked_message WHERE id = $1',
    [numberOf(id)],
  );
  if (!row) throw new NotParkedError(`parked message ${id} does not exist`);
  const { payload, ...fields } = row;
  if (flags.json) {
    print({ ...fields, payload: payload.toString('base64') });
    return;
  }
  for (const [name, value] of Object.entries(fields)) {
    process.stdout.write(`${name.padEnd(13)} ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }
  process.stdout.write('\n');
  process.stdout.write(payload);
  process.stdout.write('\n');
}

async function decide(
  verb: 'retry_parked' | 'discard_parked',
  ids: readonly string[],
  flags: ParkedFlags,
): Promise<void> {
  if (ids.length > 0 === (flags.all === true)) throw new CommandError('expected the ids of messages, or --all');
  const [row] = flags.all
    ? await query<{ count: string }>(flags, `SELECT crossbar.${verb}($1, $2)::text AS count`, [
        flags.proxy,
        flags.sink ?? null,
      ])
    : await query<{ count: string }>(
        flags,
        `SELECT sum(crossbar.${verb}(id))::text AS count FROM unnest($1::bigint[]) AS id`,
        [ids.map(numberOf)],
      );
  const count = Number(row?.count ?? 0);
  const done = verb === 'retry_parked' ? 'to be sent again' : 'discarded';
  if (flags.json) print({ count });
  else process.stdout.write(`${counted(count, 'message')} ${done}\n`);
  if (!flags.all && count < ids.length) {
    throw new NotParkedError(`${ids.length - count} of ${ids.length} are not parked`);
  }
}

function numberOf(id: string): string {
  if (/^\d{1,18}$/.test(id)) return id;
  throw new CommandError(`expected the number of a parked message, found ${JSON.stringify(id)}`);
}

async function query<Row extends object>(
  flags: ParkedFlags,
  statement: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const { findDatabase } = await loadFindDatabase();
  const { Connection } = await import('@pgwamp/core/internal/postgres');
  await using connection = await Connection.open(await findDatabase(flags), 'pgwamp proxy parked');
  return await connection.query<Row>(statement, parameters);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
