import { join } from 'node:path';
import { repositoryRoot, startProcess, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { checkExample } from './check-example.ts';

const examples = [
  { name: 'chat', title: 'Chat', steps: 7 },
  { name: 'map', title: 'Boats', steps: 7 },
  { name: 'live-table', title: 'Stock', steps: 7 },
];

for (const { name, title, steps } of examples) {
  const main = join(repositoryRoot, 'examples', name, 'main.ts');

  describe(`Example ${name} of the Gateway`, function () {
    this.timeout(120_000);

    it('checks each of its steps in a real browser', async () => {
      const output = await checkExample(main);
      const lines = output.split('\n').filter((line) => /^(ok|FAIL) /.test(line));
      expect(lines, output).to.have.length(steps);
    });

    it('runs until SIGTERM, and then ends', async () => {
      await using running = await startProcess(main, { args: ['--port', '0'] });
      const what = 'the example to tell where its page is';
      const [, url = ''] = await waitFor(() => /Open (http:\/\/[\d.:]+\/)/.exec(running.output), {
        what,
        deadline: 60_000,
      });
      expect(await (await fetch(url)).text()).to.contain(`<title>${title}</title>`);
      running.kill('SIGTERM');
      expect(await running.exited).to.deep.equal({ code: 0, signal: null });
    });
  });
}
