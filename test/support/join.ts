import { authentication, type TransportConfiguration, transport } from '@pgwamp/core/config';
import { joinSession, type Session } from '@pgwamp/core/wamp';
import type { AttachOptions, Router } from '@pgwamp/router';

/** Joins a router in this process, as somebody whom the application vouches for. */
export function join(router: Router, identity: AttachOptions = {}): Promise<Session> {
  return joinRealm({ type: 'memory', router: { attach: () => router.attach(identity) } });
}

/** Joins a router from without. */
export function joinByWebSocket(url: string): Promise<Session> {
  return joinRealm(transport.parse({ type: 'websocket', url }));
}

function joinRealm(way: TransportConfiguration): Promise<Session> {
  if (way.type === 'session') throw new Error('that is a session already');
  const onError = (error: unknown) => {
    throw error;
  };
  return joinSession({ realm: 'realm1', transport: way, authentication: authentication.parse({}), onError });
}
