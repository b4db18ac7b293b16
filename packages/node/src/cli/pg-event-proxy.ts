#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { endWithOutput } from './closed-output.ts';

const usage = `usage: pg-event-proxy [FILE]

Sends what PostgreSQL notifies, and what becomes of rows, to message brokers. FILE is an ini file of pg-event-proxy; variables PGPROXY_… take
precedence over it. Without FILE the variables are read alone: PGPROXY_…, or those of pg-amqp-bridge.

  -h, --help     print this text
  -V, --version  print the version
`;

/** `pg-event-proxy`: runs a Proxy with the configuration of pg-event-proxy or pg-amqp-bridge, until a signal ends it. */
async function main([argument, ...others]: readonly string[]): Promise<number> {
  endWithOutput('pg-event-proxy');
  const isOption = argument?.startsWith('-') ?? false;
  if (argument === '-h' || argument === '--help') process.stdout.write(usage);
  else if (argument === '-V' || argument === '--version')
    process.stdout.write(`pg-event-proxy of pgwamp ${version()}\n`);
  else if (isOption || others.length > 0) {
    process.stderr.write(`pg-event-proxy: ${isOption ? `unknown option ${argument}` : 'more than one file'}\n${usage}`);
    return exitCodes.usage;
  } else {
    try {
      const { ofPgEventProxy, runProxy } = await import('./run-proxy.ts');
      await runProxy(ofPgEventProxy(argument));
    } catch (error) {
      process.stderr.write(`pg-event-proxy: ${(error as Error).message}\n`);
      return exitCodeOf(error);
    }
  }
  return Number(process.exitCode ?? exitCodes.done);
}

function version(): string {
  // The path is the same from src and from dist.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

process.exitCode = await main(process.argv.slice(2));
