import type { AuthOptions } from '../authentication/index.ts';
import type { Limits } from '../limits.ts';
import type { ServiceSession } from '../realm/service-session.ts';
import type { RouterStats } from '../stats.ts';
import type { ResolvedEndpointOptions } from '../transports/websocket-endpoint.ts';

/** The part of the router that listeners use. */
export interface RouterHandle {
  readonly limits: Limits;
  /** Whether there is room for one more connection. */
  hasRoom(): boolean;
  /**
   * Creates the function that accepts clients of one endpoint.
   *
   * @throws RouterOptionError naming the path of the wrong option
   */
  admission(auth: AuthOptions | undefined): ResolvedEndpointOptions['accept'];
  /**
   * Opens a session of the router itself, for requests over another protocol.
   *
   * @throws UnknownRealmError
   * @throws JoinError if the realm has no such role
   */
  openService(realm: string, role: string): ServiceSession;
  stats(): RouterStats;
  /** Reports an error that is a bug of the router. */
  onError(error: Error): void;
}
