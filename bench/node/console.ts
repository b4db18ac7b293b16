import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type OpenBrowser, openBrowser, startProcess } from '@pgwamp/harness';
import type { Page } from 'playwright-core';
import { WebSocket, WebSocketServer } from 'ws';
import { type Figure, median } from '../report.ts';

const command = new URL('../../packages/node/src/cli/pgwamp.ts', import.meta.url).pathname;
const topic = 'com.example.topic';
const rounds = 9;

/** Milliseconds between two events. */
const interval = 5;

/** Has the page tell when the first event is shown. */
const watch = `new MutationObserver((_changes, observer) => {
  if (!document.querySelector('[data-testid="event"]')) return;
  observer.disconnect();
  requestAnimationFrame(() => console.info(performance.now()));
}).observe(document, { childList: true, subtree: true })`;

const bareScript = `const socket = new WebSocket(location.origin.replace('http', 'ws'));
socket.onmessage = ({ data }) => {
  socket.close();
  const item = document.createElement('p');
  item.dataset.testid = 'event';
  item.textContent = data;
  document.body.append(item);
};`;

/** From the navigation to the console of a node until the first event is shown, against a page of one script and one WebSocket. */
export async function consolePage(): Promise<readonly Figure[]> {
  await using browser = await openBrowser();
  await using bare = await openBare();
  await using node = await openNode();
  const found = { bare: [] as Load[], console: [] as Load[] };
  // The first loads warm the processes up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, url] of [
      ['bare', bare.url],
      ['console', node.url],
    ] as const) {
      const loads = await load(browser, url);
      if (round > 0) found[name].push(loads);
    }
  }
  const medianOf = (loads: readonly Load[], kind: keyof Load) => median(loads.map((it) => it[kind]));
  const [first, again] = [medianOf(found.console, 'first'), medianOf(found.console, 'again')];
  return [
    { what: 'a bare page, until an event is shown', value: medianOf(found.bare, 'first'), unit: 'ms' },
    { what: 'the console, until an event is shown', value: first, unit: 'ms', atMost: 1000 },
    { what: 'the console, of a bare page', value: first / medianOf(found.bare, 'first'), unit: '×' },
    { what: 'the console that is loaded again, until an event is shown', value: again, unit: 'ms', atMost: 1000 },
    {
      what: 'the console that is loaded again, of a bare page',
      value: again / medianOf(found.bare, 'again'),
      unit: '×',
    },
  ];
}

interface Place extends AsyncDisposable {
  readonly url: string;
}

/** Milliseconds of one page: with an empty cache, and loaded again. */
interface Load {
  readonly first: number;
  readonly again: number;
}

async function load(browser: OpenBrowser, url: string): Promise<Load> {
  const page = await browser.page();
  try {
    await page.addInitScript(watch);
    const first = await shownAfter(page, () => page.goto(url, { waitUntil: 'commit' }));
    return { first, again: await shownAfter(page, () => page.reload({ waitUntil: 'commit' })) };
  } finally {
    await page.context().close();
  }
}

async function shownAfter(page: Page, navigate: () => Promise<unknown>): Promise<number> {
  const [shown] = await Promise.all([page.waitForEvent('console', (it) => it.type() === 'info'), navigate()]);
  return Number(shown.text());
}

async function openBare(): Promise<Place> {
  const server = createServer(({ url }, response) => {
    const [type, text] = url === '/script.js' ? ['javascript', bareScript] : ['html', htmlOf('script.js')];
    response.writeHead(200, { 'Content-Type': `text/${type}; charset=utf-8` }).end(text);
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.send('["hello"]'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function htmlOf(script: string): string {
  return `<!doctype html><title>bare</title><body><script type="module" src="${script}"></script>`;
}

/** A node with a router and the console, and a client that publishes without end. */
async function openNode(): Promise<Place> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'pgwamp-bench-')));
  const [port, adminPort] = [await freePort(), await freePort()];
  const config = join(folder.path, 'config.json');
  await writeFile(config, JSON.stringify(nodeOf(port, adminPort)));
  const node = resources.use(
    await startProcess(command, { args: ['start', '--config', config, '--log-format', 'json'] }),
  );
  await node.waitFor({ msg: 'node is ready' });
  resources.use(await publishWithoutEnd(`ws://127.0.0.1:${port}/ws`));
  const kept = resources.move();
  return { url: `http://127.0.0.1:${adminPort}/console/#events`, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function publishWithoutEnd(url: string): Promise<AsyncDisposable> {
  const socket = new WebSocket(url, 'wamp.2.json');
  await once(socket, 'open');
  socket.send(JSON.stringify([1, 'realm1', { roles: { publisher: {} } }]));
  await once(socket, 'message');
  let request = 0;
  const publish = () => {
    request += 1;
    socket.send(JSON.stringify([16, request, {}, topic, ['hello']]));
  };
  const timer = setInterval(publish, interval);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    },
  };
}

function nodeOf(port: number, adminPort: number): object {
  const permissions = [{ uri: '', match: 'prefix', allow: { call: true, publish: true, subscribe: true } }];
  const endpoint = (it: number) => ({ type: 'tcp', interface: '127.0.0.1', port: it });
  const router = {
    type: 'router',
    realms: [{ name: 'realm1', roles: [{ name: 'anonymous', permissions }] }],
    transports: [{ type: 'web', endpoint: endpoint(port), paths: { ws: { type: 'websocket' } } }],
  };
  const admin = { endpoint: endpoint(adminPort), console: { topics: [topic] } };
  return { version: 2, controller: { admin }, workers: [router] };
}
