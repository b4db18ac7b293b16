import type { Session } from '../session/session.ts';

/** A procedure and the session that implements it. */
export interface Registration {
  readonly id: number;
  readonly procedure: string;
  readonly callee: Session;
}
