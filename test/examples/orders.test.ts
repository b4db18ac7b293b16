import { join } from 'node:path';
import { describeWithBroker, repositoryRoot, startProcess, startRabbitMq, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { checkExample } from './check-example.ts';

const main = join(repositoryRoot, 'examples/orders/main.ts');

async function checked(...args: string[]) {
  const output = await checkExample(main, ...args);
  return {
    output,
    claims: [...output.matchAll(/^ok {3}([^:]*):/gm)].map(([, claim]) => claim),
  };
}

describe('Example orders without RabbitMQ', function () {
  this.timeout(120_000);

  it('checks each of its other steps in a real browser, and reports the omitted ones', async () => {
    const { claims, output } = await checked();
    expect(claims, output).to.have.length(5);
    expect(output).to.match(/^left out: RabbitMQ/m);
  });

  it('runs until SIGTERM, and then ends all processes', async () => {
    await using running = await startProcess(main, { args: ['--port', '0'] });
    const what = 'the example to tell where its page is';
    const deadline = 60_000;
    const [, url = ''] = await waitFor(() => /Open (\S+)/.exec(running.output), { what, deadline });
    expect(await (await fetch(url)).text()).to.contain('<title>Orders</title>');
    running.kill('SIGTERM');
    expect(await running.exited).to.deep.equal({ code: 0, signal: null });
  });
});

await describeWithBroker('RabbitMQ', 'Example orders with RabbitMQ', function () {
  this.timeout(120_000);

  it('checks each of its steps in a real browser', async () => {
    await using broker = await startRabbitMq();
    const { claims, output } = await checked('--amqp', broker.uri);
    expect(claims, output).to.have.length(6);
    expect(output).not.to.contain('left out');
  });
});
