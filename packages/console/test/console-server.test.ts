import { readdirSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConsoleOptions, consoleDirectory, createConsoleServer } from '@pgwamp/console';
import { expect } from 'chai';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function listening(options?: ConsoleOptions) {
  const server = createConsoleServer(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // Not fetch: it would tidy up a path with dots before anybody sees it.
  const ask = (path: string, method = 'GET', headers = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, method, headers }, async (response) => {
        const body = (await response.toArray()).join('');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
      asked.on('error', reject).end();
    });
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { ask, [Symbol.asyncDispose]: stop };
}

describe('Console server', () => {
  const types: Record<string, string> = {
    '/': 'text/html; charset=utf-8',
    '/index.html': 'text/html; charset=utf-8',
    '/styles.css': 'text/css; charset=utf-8',
    '/wamp.js': 'text/javascript; charset=utf-8',
    '/favicon.svg': 'image/svg+xml',
    '/config.json': 'application/json; charset=utf-8',
  };
  for (const [path, type] of Object.entries(types)) {
    it(`serves ${path} as ${type}`, async () => {
      await using server = await listening();
      const { status, headers, body } = await server.ask(path);
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal(type);
      expect(Number(headers['content-length'])).to.equal(Buffer.byteLength(body)).and.be.above(0);
    });
  }

  it('serves every file of its directory', async () => {
    await using server = await listening();
    const served = readdirSync(consoleDirectory).filter((name) => !name.endsWith('.d.ts'));
    for (const name of [...served, 'uPlot.esm.js', 'uPlot.min.css']) {
      expect((await server.ask(`/${name}`)).status, name).to.equal(200);
    }
  });

  it('lists every module for preloading in the page', async () => {
    await using server = await listening();
    const { body } = await server.ask('/');
    const preloaded = [...body.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map(([, name]) => name);
    const scripts = readdirSync(consoleDirectory).filter((name) => name.endsWith('.js'));
    // The page names these itself.
    expect([...preloaded, 'main.js', 'theme.js']).to.have.members(scripts);
  });

  it('answers with 404 for any other path, including paths that leave the directory', async () => {
    await using server = await listening();
    const paths = [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/..\\package.json',
      '//etc/passwd',
    ];
    for (const path of [...paths, '/src', '/index.html/', '/__proto__', '/wamp.js%00.html', '/package.json']) {
      expect((await server.ask(path)).status, path).to.equal(404);
    }
  });

  it('ignores the query', async () => {
    await using server = await listening();
    expect((await server.ask('/?from=/../x')).status).to.equal(200);
  });

  it('sends a strict Content-Security-Policy with every answer, including errors', async () => {
    await using server = await listening();
    for (const path of ['/', '/main.js', '/nothing']) {
      const { headers } = await server.ask(path);
      const policy = String(headers['content-security-policy']).split('; ');
      expect(policy).to.include.members(["default-src 'none'", "script-src 'self'", "style-src 'self'"]);
      expect(policy).to.include.members(["img-src 'self'", "trusted-types 'none'"]);
      expect(policy).to.satisfy((parts: string[]) =>
        parts.some((part) => /^connect-src 'self' ws:\/\/127\.0\.0\.1:\d+ wss:\/\/127\.0\.0\.1:\d+$/.test(part)),
      );
      expect(headers['x-content-type-options']).to.equal('nosniff');
    }
  });

  it('copies only a valid host from the header Host into the policy', async () => {
    await using server = await listening();
    const { headers } = await server.ask('/', 'GET', { Host: "x; script-src 'unsafe-inline'" });
    expect(headers['content-security-policy']).to.include("connect-src 'self'; img-src").and.not.include('unsafe');
  });

  it('serves a page that fits its policy: no inline script or style, nothing from other origins', async () => {
    await using server = await listening();
    const { body } = await server.ask('/');
    expect(body).to.not.match(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    expect(
      body
        .matchAll(/(?:src|href)="([^"]*)"/g)
        .map((match) => match[1])
        .toArray(),
    ).to.satisfy((urls: string[]) => urls.every((url) => /^[#\w.-]+$/.test(url)));
  });

  it('answers HEAD like GET, without the body', async () => {
    await using server = await listening();
    const get = await server.ask('/styles.css');
    const head = await server.ask('/styles.css', 'HEAD');
    expect(head.status).to.equal(200);
    expect(head.body).to.equal('');
    expect(head.headers['content-length']).to.equal(get.headers['content-length']);
    expect(head.headers.etag).to.equal(get.headers.etag);
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    it(`answers ${method} with 405 and the allowed methods`, async () => {
      await using server = await listening();
      const { status, headers } = await server.ask('/', method);
      expect(status).to.equal(405);
      expect(headers.allow).to.equal('GET, HEAD');
    });
  }

  it('answers with 304 if the ETag matches', async () => {
    await using server = await listening();
    const { headers } = await server.ask('/main.js');
    expect(headers['cache-control']).to.equal('no-cache');
    for (const tag of [headers.etag, `W/${headers.etag}`, `"other", ${headers.etag}`]) {
      const again = await server.ask('/main.js', 'GET', { 'If-None-Match': tag });
      expect([again.status, again.body]).to.deep.equal([304, '']);
    }
    expect((await server.ask('/main.js', 'GET', { 'If-None-Match': '"other"' })).status).to.equal(200);
  });

  it('compresses files for clients that accept gzip, with their own ETag', async () => {
    await using server = await listening();
    const plain = await server.ask('/main.js');
    expect(plain.headers).to.include({ vary: 'Accept-Encoding' }).and.not.have.property('content-encoding');
    for (const accepted of ['gzip', 'br, GZIP;q=0.5', 'deflate, gzip ; q=1']) {
      const headers = { 'Accept-Encoding': accepted };
      const compressed = await server.ask('/main.js', 'GET', headers);
      expect(compressed.headers).to.include({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect(Number(compressed.headers['content-length'])).to.be.below(Number(plain.headers['content-length']));
      expect(compressed.headers.etag).to.not.equal(plain.headers.etag);
      const again = await server.ask('/main.js', 'GET', {
        ...headers,
        'If-None-Match': String(compressed.headers.etag),
      });
      expect(again.status).to.equal(304);
    }
    for (const refused of ['identity', 'gzip;q=0', 'gzip;q=0.000', 'br']) {
      const { headers } = await server.ask('/main.js', 'GET', { 'Accept-Encoding': refused });
      expect(headers, refused).not.to.have.property('content-encoding');
    }
  });

  it('passes realm, path and topics to the page in config.json', async () => {
    await using server = await listening({ realm: 'shop', path: '/wamp', topics: ['com.example.people'] });
    const config = JSON.parse((await server.ask('/config.json')).body);
    expect(config).to.deep.equal({
      realm: 'shop',
      path: '/wamp',
      topics: ['com.example.people'],
      node: false,
      router: true,
      tour: false,
    });
  });

  it('has defaults for all options', async () => {
    await using server = await listening();
    const config = JSON.parse((await server.ask('/config.json')).body);
    expect(config).to.deep.equal({ realm: 'realm1', path: '/ws', topics: [], node: false, router: true, tour: false });
  });

  it('names a wrong option in the error', () => {
    expect(() => createConsoleServer({ path: '' })).to.throw(TypeError, 'console option "path": found ""');
    for (const path of ['//elsewhere', '/\\elsewhere', 'ws://elsewhere/', '../ws']) {
      expect(() => createConsoleServer({ path }), path).to.throw(TypeError, '"path"');
    }
    expect(() => createConsoleServer({ path: 'api/ws' })).not.to.throw();
    expect(() => createConsoleServer({ realm: '' })).to.throw(TypeError, 'console option "realm"');
    expect(() => createConsoleServer({ topics: [1] as never })).to.throw(TypeError, 'console option "topics": found 1');
  });
});
