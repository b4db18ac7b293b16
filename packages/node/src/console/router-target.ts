import type { WebSocketConfiguration } from '@pgwamp/core/internal/wamp';
import type { NodeOptions } from '../configuration/node-schema.ts';
import { withIds } from '../configuration/worker-ids.ts';
import type { WorkerStatus } from '../supervisor/supervised-worker.ts';

/** The address of a router that takes WebSockets. */
type RouterAddress = Pick<WebSocketConfiguration, 'url'> & Partial<Pick<WebSocketConfiguration, 'endpoint'>>;

/** The router for the WAMP sessions of pages, or a sentence for the operator about why there is none. */
export type RouterTarget = RouterAddress | { readonly problem: string };

/**
 * Finds the router of a realm: a router worker of the node, or the router that a component of the realm connects to by
 * WebSocket. There, pages are anonymous clients like any other.
 */
export function findRouterTarget(
  { workers }: NodeOptions,
  status: readonly Pick<WorkerStatus, 'id' | 'state' | 'urls'>[],
  realm: string,
): RouterTarget {
  const own = withIds(workers).find(
    ([, worker]) => worker.type === 'router' && worker.realms.some(({ name }) => name === realm),
  );
  if (own) return ownRouter(own[0], status, realm);
  const components = workers.flatMap((worker) => (worker.type === 'container' ? worker.components : []));
  for (const { realm: joined, transport } of components) {
    const { type, url, endpoint } = (transport ?? {}) as { type?: string } & RouterAddress;
    if (joined === realm && type === 'websocket') return { url, endpoint };
  }
  return { problem: noRouter(realm, realmsOf(workers)) };
}

/** Says that nothing of a node leads to a realm, and what to do. */
export function noRouter(realm: string, others: readonly string[]): string {
  const hint = others.length > 0 ? ` The realms of this node are ${others.join(', ')}.` : '';
  return (
    `No router is known for realm ${realm}: the node has no router worker with this realm, and no component that joins it by ` +
    `WebSocket. Add one of them, or set "realm" in controller.admin.console.${hint}`
  );
}

function ownRouter(
  id: string,
  status: readonly Pick<WorkerStatus, 'id' | 'state' | 'urls'>[],
  realm: string,
): RouterTarget {
  const { state = 'not started', urls = [] } = status.find((worker) => worker.id === id) ?? {};
  if (state !== 'running') return { problem: `Router ${id}, which has realm ${realm}, does not run: it is ${state}.` };
  const url = ['ws://', 'wss://'].flatMap((start) => urls.find((one) => one.startsWith(start)) ?? [])[0];
  if (url !== undefined) return { url };
  return {
    problem: `Router ${id}, which has realm ${realm}, takes no WebSockets: add a transport of type "websocket".`,
  };
}

function realmsOf(workers: NodeOptions['workers']): string[] {
  const realms = workers.flatMap((worker) => {
    if (worker.type === 'router') return worker.realms.map(({ name }) => name);
    return worker.type === 'container' ? worker.components.map(({ realm }) => realm) : [];
  });
  return [...new Set(realms)].filter((realm) => realm !== undefined);
}
