import { hostAndPort, isLocal } from '@pgwamp/config';
import type { Logger } from '@pgwamp/core/internal/component';
import type { Handover } from './channels/handover.ts';
import type { Hub } from './channels/hub.ts';
import { ClientFrames } from './clients/client-frames.ts';
import type { ConnectionTerms } from './clients/connection.ts';
import type { Connections } from './clients/connections.ts';
import type { GatewayExtra } from './configuration.ts';
import type { Access, Pages, Receiver } from './context.ts';
import { createPages } from './pages/pages.ts';
import { Admission } from './server/admission.ts';
import { GatewayServer } from './server/gateway-server.ts';
import { RequestChecks } from './server/request-checks.ts';
import type { ServerContext } from './server/server-context.ts';

/** The dependencies of a gateway's server. */
interface ServerParts {
  readonly extra: GatewayExtra;
  readonly hub: Hub;
  readonly handover: Handover;
  readonly counts: ConnectionTerms['counts'];
  readonly log: Logger;
  readonly access: Access;
  readonly connections: Connections;
  readonly receiver: Receiver | undefined;
  /** Undefined: the pages that the configuration names. */
  readonly pages: Pages | undefined;
  readonly health: ServerContext['health'];
}

/**
 * Opens the server of a gateway, for WebSockets, server-sent events and pages.
 *
 * @throws `GatewayListenError`; `ConfigurationError` if its certificate cannot be used.
 */
export async function openServer(parts: ServerParts): Promise<GatewayServer> {
  const { extra, hub, handover, counts, log, access, connections, receiver, health } = parts;
  const { pages = ownPages(extra, receiver !== undefined) } = parts;
  const admission = new Admission({
    ...{ hub, access, channels: extra.channels },
    maxChannels: extra.limits.max_channels_per_client,
    listenTimeout: extra.limits.listen_timeout,
  });
  const terms: ConnectionTerms = {
    ...{ hub, counts, connections, ping: extra.ping },
    maxBuffer: extra.limits.max_buffer,
    slowClient: extra.slow_client,
    onInterruption: extra.on_interruption,
    closeTimeout: extra.limits.close_timeout,
    maxFramesPerSecond: extra.limits.max_frames_per_second,
  };
  const frames = new ClientFrames(admission, access, receiver, log);
  const checks = new RequestChecks(extra);
  const context = { extra, log, access, admission, checks, connections, handover, terms, pages, health };
  const server = await GatewayServer.open(context, (connection, text) => frames.take(connection, text));
  const address = addressText(extra, server.address);
  log.info('listening at %s', address);
  if (extra.auth.type === 'none' && !isLocal(extra.endpoint)) {
    log.warn('auth is "none": every client that can reach %s may listen', address);
  }
  return server;
}

function ownPages(extra: GatewayExtra, receive: boolean): Pages | undefined {
  const { page, url_base: urlBase, base_path: basePath, channels } = extra;
  const auth = extra.auth.type !== 'none';
  return page === 'none' ? undefined : createPages({ page, urlBase, basePath, channels, receive, auth });
}

function addressText({ endpoint, base_path, path }: GatewayExtra, address: GatewayServer['address']): string {
  if (endpoint.type === 'unix') return endpoint.path;
  const { interface: host = '127.0.0.1', tls } = endpoint;
  const port = 'port' in address ? address.port : endpoint.port;
  return `${tls ? 'https' : 'http'}://${hostAndPort(host, port)}${base_path}${path}`;
}
