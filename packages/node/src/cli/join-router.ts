import { parseConfiguration } from '@pgwamp/config';
import { component } from '@pgwamp/core/internal/component';
import { joinSession, type Session } from '@pgwamp/core/internal/wamp';
import { CommandError } from '../errors.ts';
import { findRouter } from './find-router.ts';
import type { RouterFlags } from './router-options.ts';

/**
 * Joins the router given on the command line.
 *
 * @throws `CommandError` for conflicting options; `RouterUnreachableError` or `JoinRefusedError`.
 */
export async function joinRouter(flags: RouterFlags): Promise<Session> {
  const place = flags.router === undefined ? await findRouter() : { router: flags.router, realm: 'realm1' };
  const joining = { realm: flags.realm ?? place.realm, transport: transportOf(place.router) };
  const options = { ...joining, authentication: authenticationOf(flags) };
  const { realm, transport, authentication } = parseConfiguration(component, options, null);
  if (transport.type === 'session') throw new CommandError('a command cannot use a transport of type session');
  const onError = (error: unknown) => process.stderr.write(`pgwamp: ${(error as Error).message}\n`);
  return joinSession({ realm, transport, authentication, onError });
}

function transportOf(router: string): object {
  if (!URL.canParse(router))
    throw new CommandError(`--router: expected a URL such as ws://127.0.0.1:8080/ws, found ${router}`);
  const { protocol, hostname, port, pathname } = new URL(router);
  if (protocol === 'ws:' || protocol === 'wss:') return { type: 'websocket', url: router };
  if (protocol !== 'rs:') throw new CommandError(`--router: expected ws://, wss:// or rs://, found ${router}`);
  const isUnix = hostname === 'unix';
  if (!isUnix && port === '') throw new CommandError(`--router: the port is missing in ${router}`);
  const endpoint = isUnix
    ? { type: 'unix', path: decodeURI(pathname) }
    : { type: 'tcp', host: hostname, port: Number(port) };
  return { type: 'rawsocket', endpoint };
}

function authenticationOf(flags: RouterFlags): object {
  const { PGWAMP_TICKET, PGWAMP_SECRET, PGWAMP_PRIVKEY } = process.env;
  const { authid, ticket = PGWAMP_TICKET, secret = PGWAMP_SECRET, privkey = PGWAMP_PRIVKEY } = flags;
  if (authid === undefined && (ticket ?? secret) !== undefined) {
    throw new CommandError('a ticket or a secret requires --authid');
  }
  const identity = authid === undefined ? {} : { authid };
  return {
    ...(ticket !== undefined && { ticket: { authid, ticket } }),
    ...(secret !== undefined && { wampcra: { authid, secret } }),
    ...(privkey !== undefined && { cryptosign: { ...identity, privkey } }),
    ...([ticket, secret, privkey].every((it) => it === undefined) && { anonymous: identity }),
  };
}
