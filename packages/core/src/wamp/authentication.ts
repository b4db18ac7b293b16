import type { AuthenticationConfiguration } from '@pgwamp/config';
import { WampError } from '../errors.ts';
import { cra } from './autobahn.ts';
import { publicKeyOf, signChallenge } from './cryptosign.ts';

/** What HELLO says of authentication. */
export interface Credentials {
  readonly methods: string[];
  readonly authid: string | undefined;
  /** `authextra`. */
  readonly extra: { readonly pubkey: string } | undefined;
}

/** The methods to offer, the strongest first, and the authid that they share. */
export function credentials(authentication: AuthenticationConfiguration): Credentials {
  const { cryptosign, wampcra, ticket, anonymous } = authentication;
  const offered = { cryptosign, wampcra, ticket };
  const methods = Object.keys(offered).filter((method) => offered[method as keyof typeof offered]);
  if (anonymous || methods.length === 0) methods.push('anonymous');
  const authid = cryptosign?.authid ?? wampcra?.authid ?? ticket?.authid ?? anonymous?.authid;
  return { methods, authid, extra: cryptosign && { pubkey: publicKeyOf(cryptosign.privkey) } };
}

/**
 * Answers a CHALLENGE.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authentication-methods
 * @throws `WampError` for a method that was not offered.
 */
export function answerChallenge(
  { cryptosign, wampcra, ticket }: AuthenticationConfiguration,
  method: string,
  extra: Readonly<Record<string, unknown>>,
): string {
  if (method === 'ticket' && ticket) return ticket.ticket;
  if (method === 'wampcra' && wampcra) return cra.sign(craKey(wampcra.secret, extra), String(extra.challenge));
  if (method === 'cryptosign' && cryptosign) return signChallenge(cryptosign.privkey, String(extra.challenge));
  throw new WampError('wamp.error.no_matching_auth_method', [`challenged by ${method}, which was not offered`]);
}

function craKey(secret: string, { salt, iterations, keylen }: Readonly<Record<string, unknown>>): string {
  if (typeof salt !== 'string') return secret;
  return cra.derive_key(secret, salt, Number(iterations ?? 1000), Number(keylen ?? 32));
}
