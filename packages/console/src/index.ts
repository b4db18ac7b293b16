/**
 * The console: a web page that shows WAMP events live, and a request listener that serves it.
 *
 * The page is an independent WAMP subscriber (subprotocol `wamp.2.json`). This package depends on no router and no
 * database.
 *
 * @packageDocumentation
 */

export { type ConsoleOptions, createConsoleServer, serveConsole } from './console-server.ts';
export { consoleDirectory } from './static-files.ts';
