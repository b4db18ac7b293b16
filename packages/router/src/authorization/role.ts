import type { Permission } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';

/** What a role may be asked for, by its name in configurations and towards authorizers. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe';

/** Decides what the sessions of one role may do. */
export interface Role {
  /**
   * Lets a request through; at once, unless somebody has to be asked.
   *
   * @throws RequestError if the request is not let through; where there is a promise, it is rejected with it
   */
  authorize(session: Session, action: Action, uri: string, options: Readonly<Record<string, unknown>>): Verdict;
}

export type Verdict = Permission | Promise<Permission>;
