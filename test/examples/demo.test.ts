import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type RunningProcess, repositoryRoot, startProcess, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { checkExample } from './check-example.ts';

const demo = join(repositoryRoot, 'examples/demo/main.ts');

describe('Demo', function () {
  this.timeout(120_000);

  it('checks each of its steps in a real browser', async () => {
    const output = await checkExample(demo);
    // The node tells of the Publisher that it starts again, and on a busy machine a component that it was slow.
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('['));
    expect(lines, output).to.have.length(15);
    for (const line of lines) expect(line).to.match(/^ok {3}/);
  });

  it('serves its page on another port if the port is in use', async () => {
    await using taken = await takenPort();
    await using running = await startProcess(demo, { args: ['--port', String(taken.port)] });
    const url = await pageOf(running);
    expect(url.port).not.to.equal(String(taken.port));
    expect(await (await fetch(url)).text()).to.contain('<title>');
  });

  it('ends on SIGTERM', async () => {
    await using running = await startProcess(demo, { args: ['--port', '0'] });
    await pageOf(running);
    running.kill('SIGTERM');
    expect(await running.exited).to.deep.equal({ code: 0, signal: null });
  });
});

async function pageOf(running: RunningProcess): Promise<URL> {
  const what = 'the demo to tell where its page is';
  const found = await waitFor(() => /Open (\S+)/.exec(running.output), { what, deadline: 90_000 });
  return new URL(found[1] ?? '');
}

async function takenPort(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
