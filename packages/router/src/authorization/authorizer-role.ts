import { Uri } from '@pgwamp/protocol';
import * as z from 'zod';
import { RequestError, ServiceError } from '../errors.ts';
import type { ServiceSession } from '../realm/service-session.ts';
import { type Client, sessionDetails } from '../session/identity.ts';
import { BoundedMap } from './bounded-map.ts';
import { type Action, notAuthorized, type Permission, type Role, type Verdict } from './role.ts';

const ANSWER = z.union([
  z.boolean().transform((allow) => ({ allow, disclose: false, cache: false })),
  z.strictObject({ allow: z.boolean(), disclose: z.boolean().default(false), cache: z.boolean().default(false) }),
]);

type Answer = z.output<typeof ANSWER>;

/** The parts of the router that authorizers use. */
export interface AuthorizerContext {
  /** The session that calls the authorizer. */
  service(): ServiceSession;
  /** The time limit of an answer, in milliseconds. */
  readonly timeout: number;
}

function detailsOf(client: Client) {
  return { ...sessionDetails(client), authextra: client.identity.authextra ?? null };
}

function permissionFrom({ allow, disclose }: Answer, action: Action, uri: string): Permission {
  if (allow) return { discloses: disclose };
  throw notAuthorized(action, uri);
}

/**
 * A role whose permissions are decided by a procedure of the application. An answer with `cache` is remembered for all
 * sessions of the role. A missing or malformed answer refuses the request.
 */
export class AuthorizerRole implements Role {
  readonly #procedure: string;
  readonly #context: AuthorizerContext;
  readonly #known = new BoundedMap<Answer>();

  constructor(procedure: string, context: AuthorizerContext) {
    this.#procedure = procedure;
    this.#context = context;
  }

  authorize(client: Client, action: Action, uri: string, options: Readonly<Record<string, unknown>>): Verdict {
    const { match } = options;
    const key = `${action} ${match === 'prefix' || match === 'wildcard' ? match : 'exact'} ${uri}`;
    const known = this.#known.get(key);
    if (known !== undefined) return permissionFrom(known, action, uri);
    return this.#ask([detailsOf(client), uri, action, options]).then((answer) => {
      if (answer.cache) this.#known.set(key, answer);
      return permissionFrom(answer, action, uri);
    });
  }

  async #ask(args: readonly unknown[]): Promise<Answer> {
    try {
      const { timeout } = this.#context;
      const result = await this.#context.service().call(this.#procedure, args, {}, { timeout });
      return ANSWER.parse(result.args[0]);
    } catch (error) {
      // Any other error is a bug of the router and ends the session.
      if (!(error instanceof ServiceError || error instanceof z.ZodError)) throw error;
      throw new RequestError(Uri.AUTHORIZATION_FAILED, 'the authorizer failed');
    }
  }
}
