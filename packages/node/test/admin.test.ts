import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { pgwamp } from './support/command.ts';
import { node, routerWorker, sideBySide } from './support/configurations.ts';
import { startNode } from './support/running-node.ts';

/** A GET of a path, by TCP or by a unix socket. */
async function get(where: object, path: string): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const asked = request({ ...where, path }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
  });
  asked.on('error', reject).end();
  return promise;
}

describe('Admin endpoint', () => {
  it('serves liveness, readiness, metrics, status and configuration', async () => {
    await using database = await createSetUpDatabase();
    const admin = { endpoint: { type: 'tcp', port: await freePort() } };
    const worker = routerWorker({ components: [sideBySide('pgwamp.Publisher', database)] });
    await using running = await startNode(node([worker], { id: 'node1', admin }));
    await running.ready();
    const where = { host: '127.0.0.1', port: admin.endpoint.port };

    expect(await get(where, '/live')).to.deep.equal({ status: 200, body: 'live\n' });
    const ready = await get(where, '/ready');
    expect(ready.status).to.equal(200);
    expect(JSON.parse(ready.body)).to.deep.equal({
      ready: true,
      workers: [{ id: 'router-1', state: 'running', components: [{ id: 'component-1', state: 'running' }] }],
    });
    const { body: metrics } = await get(where, '/metrics');
    expect(metrics).to.match(/^pgwamp_worker_up\{type="router",worker="router-1"\} 1$/m);
    expect(metrics).to.match(/^wamp_router_sessions\{worker="router-1"\} 1$/m);
    expect(metrics).to.match(/^pgwamp_publisher_published_total\{[^}]*realm="realm1"[^}]*worker="router-1"\} 0$/m);
    expect(metrics.match(/^# TYPE wamp_router_sessions gauge$/gm)).to.have.length(1);

    const status = JSON.parse((await get(where, '/status')).body);
    expect(status).to.deep.include({ id: 'node1', ready: true, pid: running.process.pid });
    expect(status).to.have.nested.property('workers[0].components[0].status.delivery');
    const { body: configuration } = await get(where, '/config');
    expect(JSON.parse(configuration)).to.deep.include({
      path: 'workers[0].components[0].extra.delivery',
      value: 'auto',
      origin: 'default',
    });
    expect(configuration).not.to.include('"value":"crossbar","origin":".crossbar/config.json:38');
    expect((await get(where, '/nothing')).status).to.equal(404);
  });

  it('is found by pgwamp status at an IPv6 address, and the log says which URL stands for all addresses', async () => {
    const endpoint = { type: 'tcp', interface: '::1', port: await freePort() };
    const { transports: [web] = [] } = routerWorker() as { transports: { endpoint: object }[] };
    const transports = [web, { ...web, endpoint: { type: 'tcp', interface: '0.0.0.0', port: 0 } }];
    await using running = await startNode(node([routerWorker({ transports })], { admin: { endpoint } }));
    await running.ready();
    const { code, stdout, stderr } = await pgwamp(['status'], { cwd: running.folder.path });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/: ready\n/);
    const isOpen = ({ msg }: { msg?: unknown }) => / listening on all addresses of this machine$/.test(String(msg));
    const open = running.process.messages.filter(isOpen);
    expect(open.map(({ msg }) => msg)).to.have.length(1);
    expect(open[0]?.msg).to.match(/^ws:\/\/localhost:\d+\/ws: listening/);
  });

  it('changes at a reload, also at the same address', async () => {
    const endpoint = { type: 'tcp', port: await freePort() };
    const where = { host: '127.0.0.1', port: endpoint.port };
    const status = async (path: string) => (await get(where, path)).status;
    const reload = async (admin: object) => {
      await running.rewrite(node([routerWorker()], { admin }));
      const before = running.process.messages.length;
      running.process.kill('SIGHUP');
      await running.process.waitFor((message) => {
        return running.process.messages.indexOf(message) >= before && /configuration/.test(String(message.msg));
      });
    };
    await using running = await startNode(node([routerWorker()], { admin: { endpoint } }));
    await running.ready();
    expect(await status('/console/')).to.equal(404);
    await reload({ endpoint, console: {} });
    expect(await status('/console/'), running.process.output).to.equal(200);
    await reload({ endpoint, allowed_hosts: ['node.example'] });
    expect([await status('/console/'), await status('/live')]).to.deep.equal([421, 421]);
    await reload({ endpoint });
    expect([await status('/console/'), await status('/live')]).to.deep.equal([404, 200]);
  });

  it('makes workers load the metrics library at the first scrape', async () => {
    await using database = await createSetUpDatabase();
    const admin = { endpoint: { type: 'tcp', port: await freePort() } };
    const worker = routerWorker({ components: [sideBySide('pgwamp.Publisher', database)] });
    // Told by each process when it ends.
    const program = `import { createRequire } from 'node:module';
      const { cache } = createRequire('/main.js');
      const isLoaded = () => Object.keys(cache).some((path) => path.includes('@prometheus-io'));
      process.on('exit', () => process.argv[2] === 'router-1' && console.error('metrics loaded: ' + isLoaded()));`;
    const env = {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=data:text/javascript,${encodeURIComponent(program)}`,
    };
    for (const [path, isLoaded] of [
      ['/status', false],
      ['/metrics', true],
    ] as const) {
      await using running = await startNode(node([worker], { admin }), { env });
      await running.ready();
      expect((await get({ host: '127.0.0.1', port: admin.endpoint.port }, path)).status).to.equal(200);
      running.process.kill('SIGTERM');
      await running.exit();
      expect(running.process.output).to.include(`metrics loaded: ${isLoaded}`);
    }
  });

  it('refuses requests by DNS rebinding', async () => {
    const admin = { endpoint: { type: 'tcp', port: await freePort() } };
    await using running = await startNode(node([routerWorker()], { admin }));
    await running.ready();
    const where = { host: '127.0.0.1', port: admin.endpoint.port, headers: { host: 'evil.example' } };
    for (const path of ['/live', '/ready', '/metrics', '/status', '/config', '/nothing']) {
      expect((await get(where, path)).status, path).to.equal(421);
    }
    expect((await get({ ...where, headers: { host: 'localhost:1' } }, '/live')).status).to.equal(200);
  });

  it('is not ready while a component cannot work', async () => {
    await using database = await createSetUpDatabase();
    const admin = { endpoint: { type: 'unix', path: 'admin.sock' } };
    const component = sideBySide('pgwamp.Publisher', database) as { extra: { database: object } };
    Object.assign(component.extra.database, { port: await freePort() });
    await using running = await startNode(node([routerWorker({ components: [component] })], { admin }));
    const where = { socketPath: join(running.folder.path, '.crossbar/admin.sock') };
    await running.process.waitFor(({ admin: address }) => address !== undefined);
    const ready = await get(where, '/ready');
    expect(ready.status).to.equal(503);
    const status = await pgwamp(['status'], { cwd: running.folder.path });
    expect(status.code).to.equal(1);
    expect(status.stdout).to.match(
      /^\.crossbar\/config\.json \(pid \d+, since .*\): not ready\nrouter-1 +router +starting/,
    );
  });
});

describe('pgwamp status', () => {
  it('prints the state of workers and components', async () => {
    const admin = { endpoint: { type: 'tcp', port: await freePort() } };
    await using running = await startNode(node([routerWorker()], { admin }));
    await running.ready();
    const { code, stdout } = await pgwamp(['status'], { cwd: running.folder.path });
    expect(code).to.equal(0);
    expect(stdout).to.match(/: ready\nrouter-1 +router +running +pid \d+ +0 restarts +ws:\/\/127\.0\.0\.1:\d+\/ws\n$/);
    const json = await pgwamp(['status', '--json', '--admin', `http://127.0.0.1:${admin.endpoint.port}`]);
    expect(JSON.parse(json.stdout)).to.have.property('ready', true);
  });

  it('exits with 3 if no node answers', async () => {
    const { code, stderr } = await pgwamp(['status', '--admin', `http://127.0.0.1:${await freePort()}`]);
    expect(code).to.equal(3);
    expect(stderr).to.match(
      /^pgwamp: the admin endpoint http:\/\/127\.0\.0\.1:\d+ cannot be reached: no node runs there \(ECONNREFUSED\); "pgwamp start" starts one/,
    );
  });
});
