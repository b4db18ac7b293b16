import { startProcess, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { pgwamp, program } from '../support/command.ts';

describe('pgwamp demo', function () {
  this.timeout(120_000);

  it('checks each of its steps', async () => {
    const { code, stdout, stderr } = await pgwamp(['demo', '--check', '--port', '0'], { deadline: 110_000 });
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/^(ok {3}.+\n){6}$/);
  });

  it('prints the address of its page, and ends all processes on SIGTERM', async () => {
    await using demo = await startProcess(program, { args: ['demo', '--port', '0'] });
    const what = 'the demo to say where its page is';
    const [, url = ''] = await waitFor(() => /Open (\S+)/.exec(demo.output), { what, deadline: 60_000 });
    expect(await (await fetch(url)).text()).to.include('<title>');
    const [, postgres = ''] = /psql \S+@127\.0\.0\.1:(\d+)/.exec(demo.output) ?? [];
    demo.kill('SIGTERM');
    expect(await demo.exited).to.deep.equal({ code: 143, signal: null });
    expect(postgres).to.match(/^\d+$/);
  });
});
