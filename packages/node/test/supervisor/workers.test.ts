import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { node, routerWorker } from '../support/configurations.ts';
import { startNode } from '../support/running-node.ts';

/** A guest that runs a text of JavaScript. */
function guest(script: string, more: object = {}): object {
  return { type: 'guest', executable: process.execPath, arguments: ['-e', script], ...more };
}

const quick = { options: { restart: { first: 1, longest: 5, attempts: 3, stable: 60_000 } } };

describe('Node: workers', () => {
  it('run in their own processes, which are restarted when they end', async () => {
    await using running = await startNode(node([routerWorker()], { options: { restart: { first: 1 } } }));
    await running.ready();
    const { process: pid } = await running.process.waitFor(
      (message) => message.worker === 'router-1' && message.msg === 'process started',
    );
    expect(pid).not.to.equal(running.process.pid);
    process.kill(pid as number, 'SIGKILL');
    await running.process.waitFor({ worker: 'router-1', msg: 'ended by signal SIGKILL; restarting in 1 ms (1 of 5)' });
    const started = () => running.process.messages.filter(({ msg }) => String(msg).startsWith('running')).length;
    await waitFor(() => started() === 2, { what: 'the worker to run again' });
  });

  it('load their code while the routers start, and run after them, followed by guests', async () => {
    const own = {
      classname: './own.js:Own',
      realm: 'realm1',
      transport: { type: 'websocket', url: 'ws://127.0.0.1:1/ws' },
    };
    const container = { type: 'container', components: [own] };
    const files = { 'own.js': 'export class Own { async start() {} async stop() {} }' };
    await using running = await startNode(node([container, guest('setInterval(() => {}, 1000)'), routerWorker()]), {
      files,
    });
    await running.ready();
    const { messages } = running.process;
    const at = (worker: string, text: RegExp) =>
      messages.findIndex((message) => message.worker === worker && text.test(String(message.msg)));
    expect(at('container-1', /^process started/)).to.be.below(at('router-1', /^running/));
    expect(at('router-1', /^running/)).to.be.below(at('container-1', /^running/));
    expect(at('router-1', /^running/)).to.be.below(at('guest-1', /^process started/));
    // A guest outlives a node that is killed.
    running.process.kill('SIGTERM');
    await running.exit();
  });

  it('have a small young generation and one arena of malloc, unless their environment configures other ones', async () => {
    const classname = './own.js:Own';
    const transport = { type: 'websocket', url: 'ws://127.0.0.1:1/ws' };
    const components = [{ classname, realm: 'realm1', transport }];
    const vars = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=2`, MALLOC_ARENA_MAX: '4' };
    const containers = [
      { type: 'container', components },
      { type: 'container', components, options: { env: { vars } } },
    ];
    const files = {
      'own.js': `import { getHeapStatistics } from 'node:v8';
        export class Own {
          async start() {
            const { MALLOC_ARENA_MAX } = process.env;
            console.log('limit ' + getHeapStatistics().heap_size_limit / 2 ** 20 + ' ' + MALLOC_ARENA_MAX);
          }
          async stop() {}
        }`,
    };
    await using running = await startNode(node([routerWorker(), ...containers]), { files });
    const limitsOf = async (worker: string) => {
      const { msg } = await running.process.waitFor(
        (message) => message.worker === worker && /^limit/.test(String(message.msg)),
      );
      const [, heap, arenas] = String(msg).split(' ');
      return { heap: Number(heap), arenas };
    };
    const [usual, other] = [await limitsOf('container-1'), await limitsOf('container-2')];
    // The limit is that of the heap: old generation and three times the size.
    expect(usual.heap - other.heap).to.equal(3 * (8 - 2));
    expect([usual.arenas, other.arenas]).to.deep.equal(['1', '4']);
  });

  it('end the node when one fails repeatedly, with the reason', async () => {
    await using running = await startNode(
      node([routerWorker(), guest('console.error("no such thing"); process.exit(7)')], quick),
    );
    expect(await running.exit()).to.deep.equal({ code: 1, signal: null });
    const { output } = running.process;
    expect(output).to.include('worker guest-1 ended 4 times in a row, the last time with: exit code 7');
    expect(
      running.process.messages.filter(({ msg, worker }) => msg === 'no such thing' && worker === 'guest-1'),
    ).to.have.length(4);
  });

  it('stop in order on SIGTERM', async () => {
    await using running = await startNode(node([routerWorker(), guest('setInterval(() => {}, 1000)')]));
    await running.ready();
    running.process.kill('SIGTERM');
    expect(await running.exit()).to.deep.equal({ code: 143, signal: null });
    await running.process.waitFor({ msg: 'stopped' });
  });

  it('are killed if they do not stop in time', async () => {
    const stubborn = guest(
      'process.on("SIGTERM", () => console.log("never")); console.log("deaf"); setInterval(() => {}, 1000)',
    );
    await using running = await startNode(node([routerWorker(), stubborn], { options: { shutdown_timeout: 100 } }));
    await running.process.waitFor({ worker: 'guest-1', msg: 'deaf' });
    await running.ready();
    running.process.kill('SIGINT');
    expect(await running.exit()).to.deep.equal({ code: 130, signal: null });
    expect(running.process.output).to.match(/did not stop within \d+ ms: killed/);
  });

  it('end when the node is gone', async () => {
    await using running = await startNode(node([routerWorker()]));
    await running.ready();
    const { process: pid } = await running.process.waitFor(
      (message) => message.worker === 'router-1' && message.msg === 'process started',
    );
    running.process.kill('SIGKILL');
    await running.exit();
    await waitFor(() => !isAlive(pid as number), { what: 'the worker to end' });
  });

  it('end the node at its start if their address is in use', async () => {
    await using first = await startNode(node([routerWorker()]));
    const port = Number(new URL(await first.url('router-1')).port);
    const transports = [{ type: 'rawsocket', endpoint: { type: 'tcp', interface: '127.0.0.1', port } }];
    await using second = await startNode(node([routerWorker({ transports })]));
    expect(await second.exit()).to.deep.equal({ code: 3, signal: null });
    expect(second.process.output).to.match(new RegExp(`worker router-1 failed: .*127\\.0\\.0\\.1:${port}`));
  });
});

describe('Node: guests', () => {
  it('receive arguments, environment, folder and input, and are finished when they exit with 0', async () => {
    const script = `
      let input = '';
      process.stdin.on('data', (data) => { input += data; }).on('end', () => {
        console.log(JSON.stringify({ args: process.argv.slice(1), foo: process.env.FOO, home: process.env.HOME, cwd: process.cwd(), input }));
      });`;
    const options = {
      env: { inherit: ['PATH'], vars: { FOO: '$BAR' } },
      workdir: '..',
      stdin: { type: 'json', value: { a: [1] } },
    };
    const worker = { type: 'guest', executable: 'node', arguments: ['-e', script, 'one', 'two'], options };
    const PATH = `${process.execPath.replace(/\/node$/, '')}:${process.env.PATH}`;
    await using running = await startNode(node([routerWorker(), worker]), { env: { BAR: 'bar', PATH } });
    const { msg } = await running.process.waitFor(({ worker: id, stream }) => id === 'guest-1' && stream === 'stdout');
    const { cwd, ...said } = JSON.parse(msg as string);
    expect(said).to.deep.equal({ args: ['one', 'two'], foo: 'bar', input: '{"a":[1]}' });
    expect(cwd).to.satisfy((path: string) => path.endsWith(running.folder.path));
    await running.process.waitFor({ worker: 'guest-1', msg: 'finished with exit code 0' });
    await running.ready();
  });

  it('end with their process, even if a child process keeps their output open', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'inherit'] });
      console.log('started ' + child.pid);
      process.exit(0);`;
    await using running = await startNode(node([routerWorker(), guest(script)]));
    const { msg } = await running.process.waitFor(({ msg: text }) => /^started \d+$/.test(String(text)));
    try {
      await running.process.waitFor({ worker: 'guest-1', msg: 'finished with exit code 0' });
      await running.ready();
      running.process.kill('SIGTERM');
      expect(await running.exit()).to.deep.equal({ code: 143, signal: null });
    } finally {
      process.kill(Number(String(msg).split(' ')[1]), 'SIGKILL');
    }
  });

  it('end the node if the executable is missing', async () => {
    await using running = await startNode(node([routerWorker(), { type: 'guest', executable: './missing' }]));
    expect((await running.exit()).code).to.equal(2);
    expect(running.process.output).to.match(/worker guest-1 failed: cannot start .*missing/);
  });

  it('end the node if the file is not executable, with the reason', async () => {
    const files = { 'plain.txt': 'text' };
    await using running = await startNode(node([routerWorker(), { type: 'guest', executable: './plain.txt' }]), {
      files,
    });
    expect((await running.exit()).code).to.equal(2);
    expect(running.process.output).to.match(
      /worker guest-1 failed: cannot start .*plain\.txt.*this user may not execute it/,
    );
  });

  it('may have their output dropped', async () => {
    const worker = guest('console.log("heard"); console.error("unheard")', { options: { stderr: 'drop' } });
    await using running = await startNode(node([routerWorker(), worker]));
    await running.process.waitFor({ worker: 'guest-1', msg: 'heard' });
    await running.process.waitFor({ worker: 'guest-1', msg: 'finished with exit code 0' });
    expect(running.process.output).not.to.include('unheard');
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
