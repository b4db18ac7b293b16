import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AllowedHosts } from '@pgwamp/config';
import { sharedBrowser } from '@pgwamp/harness';
import { expect } from 'chai';
import { pino } from 'pino';
import { closeConsole, createConsoleHttp } from '../../src/console/console-http.ts';
import { ConsoleService } from '../../src/console/console-service.ts';
import type { ConsoleSource } from '../../src/console/source.ts';

/** A console with a tour of two steps, the second of which fails. */
async function startTour(writes: boolean) {
  const ran: number[] = [];
  const log: Record<string, unknown>[] = [];
  const step = { title: 'Insert a row', text: 'It inserts.', command: 'INSERT', look: 'Look.' };
  const source: ConsoleSource = {
    state: async () => ({ file: 'config.json', started: new Date().toISOString(), workers: [] }),
    databases: () => new Map(),
    examine: async () => [],
    tour: {
      steps: [step, { ...step, title: 'Fail' }],
      async run(index) {
        ran.push(index);
        if (index === 1) throw new Error('no such table');
        return 'INSERT 0 1';
      },
    },
  };
  const logger = pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const options = { realm: 'realm1', topics: [], writes };
  const service = new ConsoleService(source, options, logger, new AllowedHosts(undefined));
  const server = createConsoleHttp(service).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/console/`;
  return { url, ran, log, [Symbol.asyncDispose]: () => closeConsole(server, service) };
}

const run = (url: string, step: string) => fetch(`${url}api/tour/${step}`, { method: 'POST' });

describe('Console: tour', () => {
  it('runs no step if the console is read-only, and disables the buttons', async () => {
    await using tour = await startTour(false);
    const answer = await run(tour.url, '0');
    expect(answer.status).to.equal(403);
    expect(await answer.text()).to.include('the console is read-only');
    expect(tour.ran).to.deep.equal([]);
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(tour.url);
    await page.locator('#tour-locked').waitFor();
    const buttons = page.getByTestId('tour-step').getByRole('button');
    await buttons.first().waitFor();
    for (const button of await buttons.all()) expect(await button.isDisabled()).to.equal(true);
  });

  it('logs each step with the operator, also a failed one, and refuses unknown steps', async () => {
    await using tour = await startTour(true);
    expect(await (await run(tour.url, '0')).json()).to.deep.equal({ result: 'INSERT 0 1' });
    expect((await run(tour.url, '1')).status).to.equal(502);
    for (const step of ['2', '-1', '99999999999999999999', 'x'])
      expect((await run(tour.url, step)).status, step).to.equal(404);
    expect(tour.ran).to.deep.equal([0, 1]);
    expect(
      tour.log.map(({ level, operator, address, action, msg }) => [level, operator, address, action, msg]),
    ).to.deep.equal([
      [30, 'local', '127.0.0.1', 'tour/1', 'console: tour/1 by local'],
      [50, 'local', '127.0.0.1', 'tour/2', 'console: tour/2 by local failed'],
    ]);
  });
});
