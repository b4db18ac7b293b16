import { join } from 'node:path';
import { repositoryRoot, startProcess, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { checkExample } from './check-example.ts';

const todo = join(repositoryRoot, 'examples/todo/main.ts');

describe('Example todo', function () {
  this.timeout(120_000);

  it('checks each of its steps with two people, each in a real browser', async () => {
    const output = await checkExample(todo);
    // On a busy machine a component may tell that it was slow.
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{"level":'));
    expect(lines, output).to.have.length(16);
    for (const line of lines) expect(line).to.match(/^ok {3}/);
  });

  it('runs until SIGTERM, and then ends', async () => {
    await using running = await startProcess(todo, { args: ['--port', '0'] });
    const what = 'the example to tell where its page is';
    const [, url = ''] = await waitFor(() => /Open (\S+)/.exec(running.output), { what, deadline: 90_000 });
    expect(await (await fetch(url)).text()).to.contain('<title>To-do</title>');
    running.kill('SIGTERM');
    expect(await running.exited).to.deep.equal({ code: 0, signal: null });
  });
});
