import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { withExamples } from './example.ts';
import type { GatewayRun } from './run-gateway.ts';

/** `pgwamp gateway`: runs a Gateway until a signal ends it. */
export function gateway(program: Command): void {
  const command = program
    .command('gateway')
    .summary('run a Gateway: NOTIFY, topics and row changes to WebSockets')
    .description(
      'Sends messages of PostgreSQL to WebSockets and server-sent events, until a signal ends it. The file contains a component of ' +
        'class pgwamp.Gateway, in JSON or YAML. Without a file, DATABASE_URL names the database, and the Gateway listens at ' +
        'http://127.0.0.1:7700.',
    )
    .argument('[file]', 'the configuration, or - for standard input')
    .option('--eventserv', 'use the command line, the TOML file and the variables of pg_eventserv')
    .option('-c, --config <file>', 'with --eventserv: the file, if not pg_eventserv.toml in ./config, /config or /etc')
    .option('--postgresql2websocket', 'use the ini file of postgresql2websocket')
    .option('-d, --debug', 'log debugging information')
    .option('--check', 'check the configuration, and start nothing')
    .option('--print', 'print the configuration in force, and start nothing; secrets are hidden')
    .action(run);
  withExamples(
    command,
    'DATABASE_URL=postgres://localhost/mydb pgwamp gateway',
    'pgwamp gateway gateway.yaml --check',
    'pgwamp gateway --eventserv --config /etc/pg_eventserv.toml',
    'pgwamp gateway --postgresql2websocket postgresql2websocket.conf',
  );
}

interface GatewayFlags {
  readonly eventserv?: boolean;
  readonly config?: string;
  readonly postgresql2websocket?: boolean;
  readonly debug?: boolean;
  readonly check?: boolean;
  readonly print?: boolean;
}

async function run(file: string | undefined, flags: GatewayFlags): Promise<void> {
  const { printGateways, runGateways } = await import('./run-gateway.ts');
  const gateways = await readGateways(file, flags);
  if (flags.print || flags.check) printGateways(gateways, flags.print === true);
  else await runGateways(gateways);
}

async function readGateways(file: string | undefined, flags: GatewayFlags): Promise<GatewayRun> {
  const { eventserv = false, config, postgresql2websocket = false, debug = false } = flags;
  if (eventserv && postgresql2websocket) throw new CommandError('--eventserv excludes --postgresql2websocket');
  if (config !== undefined && !eventserv)
    throw new CommandError('--config belongs to --eventserv; name the file itself');
  if (eventserv && file !== undefined) throw new CommandError(`use --config ${file}`);
  const { ofDatabaseUrl, ofEventserv, ofFile, ofPostgresql2websocket } = await import('./read-gateway.ts');
  if (eventserv) return ofEventserv({ config, debug });
  if (postgresql2websocket) return ofPostgresql2websocket(file, debug);
  return file === undefined ? ofDatabaseUrl(debug) : ofFile(file, debug);
}
