// The common part of the examples with a router: it serves the page, the page's WAMP client, and WAMP on one port.
import { fileURLToPath } from 'node:url';
import { ListenError, type Listener, type Router, type WebSocketService } from '@pgwamp/router';

/** Serves the page in a folder, and WAMP at `/ws`, on a port, or on another if that one is taken. */
export async function servePage(router: Router, folder: URL, port: number, ws: WebSocketService): Promise<Listener> {
  const web = (port: number) =>
    ({
      type: 'web',
      endpoint: { type: 'tcp', interface: '127.0.0.1', port },
      paths: {
        '/': { type: 'static', directory: fileURLToPath(folder) },
        // Modules that a browser takes as they are.
        wampy: { type: 'static', directory: fileURLToPath(new URL('.', import.meta.resolve('wampy'))) },
        ws,
      },
    }) as const;
  try {
    return await router.listen(web(port));
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    return router.listen(web(0));
  }
}
