import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router, RouterOptions } from '@pgwamp/router';

/** A router that listens. */
export interface TestRouter extends AsyncDisposable {
  readonly router: Router;
  readonly url: string;
  readonly port: number;
}

/** Starts a router on a free port. */
export function startRouter(options: Partial<RouterOptions> = {}): Promise<TestRouter> {
  return listening(createTestRouter(options));
}

/** Has a router listen, on a free port unless one is given. */
export async function listening(router: Router, port = 0): Promise<TestRouter> {
  const { url } = await router.listen({ port });
  return { router, url, port: Number(new URL(url).port), [Symbol.asyncDispose]: () => router.close() };
}
