import type { AuthOptions } from '../authentication/index.ts';
import type { Limits } from '../limits.ts';
import type { ServiceSession } from '../realm/service-session.ts';
import type { RouterStats } from '../stats.ts';
import type { ResolvedEndpointOptions } from '../transports/websocket-endpoint.ts';

/** The router as listeners see it: the one way in. */
export interface RouterHandle {
  readonly limits: Limits;
  /** Whether there is room for one more connection. */
  hasRoom(): boolean;
  /**
   * What lets in clients of one endpoint.
   *
   * @throws RouterOptionError naming the path of the option that is wrong
   */
  admission(auth: AuthOptions | undefined): ResolvedEndpointOptions['accept'];
  /**
   * A session of the router's own, for requests that come by another protocol.
   *
   * @throws UnknownRealmError
   * @throws JoinError if the realm has no such role
   */
  openService(realm: string, role: string): ServiceSession;
  stats(): RouterStats;
  /** Told of errors that are the router's own fault. */
  onError(error: Error): void;
}
