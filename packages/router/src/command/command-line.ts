import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';

/** The arguments of the command line. */
export interface CommandLine {
  /** The URLs to listen on; empty if a configuration file is given. */
  readonly listen: readonly string[];
  readonly realms: readonly string[];
  /** The path of a configuration file. */
  readonly config: string | undefined;
}

const DEFAULT_LISTEN = 'ws://127.0.0.1:8080/ws';
const DEFAULT_REALM = 'realm1';

interface Options {
  readonly listen?: readonly string[];
  readonly realm?: readonly string[];
  readonly config?: string;
}

function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function versionOf(): string {
  // The path is the same from src and from dist.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(text).version;
}

function describe(command: Command): Command {
  return command
    .name('wamp-router')
    .description('A WAMP v2 router. Without a configuration file, every client on this machine may do everything.')
    .option('--listen <url>', `where to listen, repeatable (default: ${DEFAULT_LISTEN})`, append)
    .option('--realm <name>', `a realm to serve, repeatable (default: ${DEFAULT_REALM})`, append)
    .option('--config <file>', 'realms and transports, as in a router worker of a Crossbar.io node')
    .version(versionOf());
}

/**
 * Reads the command line.
 *
 * @returns undefined once help or version has been written to `stdout`
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[], stdout: (text: string) => void): CommandLine | undefined {
  const command = describe(new Command()).exitOverride();
  command.configureOutput({ writeOut: stdout, writeErr: () => {} });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  const { listen, realm, config } = command.opts<Options>();
  if (config !== undefined && (listen ?? realm) !== undefined) {
    throw new UsageError('--config defines listeners and realms: it cannot be combined with --listen or --realm');
  }
  return { listen: listen ?? [DEFAULT_LISTEN], realms: realm ?? [DEFAULT_REALM], config };
}

/** A transport in the form of the configuration file. */
type Transport = Readonly<Record<string, unknown>>;

// Loopback addresses and names that resolve to them.
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function parse(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`--listen: expected a URL like ws://127.0.0.1:8080/ws, found ${text}`);
  return new URL(text);
}

/** Clients need no authentication here and may do everything, so only loopback addresses are accepted. */
function tcpEndpoint({ hostname, port, href }: URL): Transport {
  if (!LOOPBACK.test(hostname)) {
    throw new UsageError(`--listen: expected a loopback address, found ${href}; other addresses require --config`);
  }
  if (port === '') throw new UsageError(`--listen: the port is missing in ${href}`);
  return { type: 'tcp', interface: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function endpointOf(url: URL): Transport {
  return url.hostname === 'unix' ? { type: 'unix', path: decodeURI(url.pathname) } : tcpEndpoint(url);
}

/**
 * Returns the transport for a URL of `--listen`: `ws://host:port/path`, `rs://host:port` or `rs://unix:/path`.
 *
 * @throws UsageError
 */
export function transportFrom(text: string): Transport {
  const url = parse(text);
  switch (url.protocol) {
    case 'ws:': {
      const path = url.pathname === '/' ? '/' : url.pathname.slice(1);
      return { type: 'web', endpoint: tcpEndpoint(url), paths: { [path]: { type: 'websocket' } } };
    }
    case 'rs:':
      return { type: 'rawsocket', endpoint: endpointOf(url) };
    case 'wss:':
    case 'rss:':
      throw new UsageError(`--listen: ${url.protocol}// needs a certificate, which only --config can name`);
    default:
      throw new UsageError(`--listen: expected ws:// or rs://, found ${text}`);
  }
}
