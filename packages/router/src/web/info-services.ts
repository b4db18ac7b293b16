import type { RouterHandle } from '../listening/router-handle.ts';
import { assertReads, type HttpService, sendText } from './http-service.ts';
import { routerMetrics } from './metrics.ts';

/** The health check: answers as long as the router works. */
export const health: HttpService = {
  serve(request, response) {
    if (!assertReads(request, response)) return;
    sendText(response, 200, '{"status":"ok"}\n', { 'content-type': 'application/json' });
  },
};

/** Answers with the name of the server software. */
export const nodeInfo: HttpService = {
  serve(request, response) {
    if (assertReads(request, response)) sendText(response, 200, 'This is a WAMP router: @pgwamp/router.\n');
  },
};

/** The metrics of the router, for Prometheus. */
export function metrics(router: RouterHandle): HttpService {
  // Loaded on demand: every web transport has this path, but few are scraped.
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
