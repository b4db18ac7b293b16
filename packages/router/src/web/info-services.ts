import type { RouterHandle } from '../listening/router-handle.ts';
import { assertReads, type HttpService, sendText } from './http-service.ts';
import { routerMetrics } from './metrics.ts';

/** Says that the router answers: for whoever watches over it. */
export const health: HttpService = {
  serve(request, response) {
    if (!assertReads(request, response)) return;
    sendText(response, 200, '{"status":"ok"}\n', { 'content-type': 'application/json' });
  },
};

/** Says what it is that answers here. */
export const nodeInfo: HttpService = {
  serve(request, response) {
    if (assertReads(request, response)) sendText(response, 200, 'This is a WAMP router: @pgwamp/router.\n');
  },
};

/** What the router counts, for Prometheus. */
export function metrics(router: RouterHandle): HttpService {
  // Every web transport has the path, and few are asked: the library is loaded then.
  let registry: ReturnType<typeof routerMetrics> | undefined;
  return {
    async serve(request, response) {
      if (!assertReads(request, response)) return;
      registry ??= routerMetrics(() => router.stats());
      try {
        sendText(response, 200, await registry.metrics(), { 'content-type': registry.contentType });
      } catch (error) {
        router.onError(error as Error);
        sendText(response, 500, 'the metrics cannot be read\n');
      }
    },
  };
}
