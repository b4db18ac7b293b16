import { join } from 'node:path';
import { expect } from 'chai';
import { residentBytes, startProcess, waitFor, withDeadline } from '../src/index.ts';

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );

describe('waitFor and withDeadline', () => {
  it('returns the first truthy value, and treats an error as "not yet"', async () => {
    let calls = 0;
    const probe = () => {
      calls += 1;
      if (calls === 1) throw new Error('not there');
      return calls === 3 ? 'there' : undefined;
    };
    expect(await waitFor(probe, { what: 'it' })).to.equal('there');
  });

  it('names the awaited event and the last value', async () => {
    const waiting = waitFor(() => 0, { what: 'the count to rise', deadline: 30 });
    expect(await failure(waiting)).to.equal('waited 30 ms for the count to rise; last value: 0');
  });

  it('names the last error', async () => {
    const refused = () => Promise.reject(new Error('connection refused'));
    const waiting = waitFor(refused, { what: 'the server', deadline: 30 });
    expect(await failure(waiting)).to.equal('waited 30 ms for the server; last error: connection refused');
  });

  it('ends although a probe never resolves', async () => {
    const waiting = waitFor(() => new Promise(() => undefined), { what: 'an answer', deadline: 30 });
    expect(await failure(waiting)).to.match(/^waited 30 ms for an answer; last error: waited \d+ ms for the probe$/);
  });

  it('gives a promise a deadline', async () => {
    expect(await withDeadline(Promise.resolve(1), 1000, 'one')).to.equal(1);
    expect(await failure(withDeadline(new Promise(() => undefined), 10, 'the end'))).to.equal(
      'waited 10 ms for the end',
    );
  });
});

describe('startProcess', () => {
  const talker = join(import.meta.dirname, 'fixtures', 'talker.ts');

  it('receives messages, sends signals and returns the exit code', async () => {
    await using child = await startProcess(talker, { args: ['Ada'], env: { GREETING: 'hi' } });
    expect(await child.waitFor({ hello: 'Ada' })).to.deep.equal({ hello: 'Ada', greeting: 'hi' });
    child.kill('SIGTERM');
    await child.waitFor({ bye: 'Ada' });
    expect(await child.exited).to.deep.equal({ code: 3, signal: null });
    expect(child.output).to.include('{ not a message }');
  });

  it('reports the output of the process if a message is missing', async () => {
    await using child = await startProcess(talker, { args: ['Ada'] });
    await child.waitFor({ hello: 'Ada' });
    expect(await failure(child.waitFor({ hello: 'Bob' }, 20))).to.match(/Bob.*output of process \d+:\n.*Ada/s);
    child.kill('SIGKILL');
    expect(await failure(child.waitFor({ hello: 'Bob' }))).to.match(/ended before.*Bob/s);
  });

  it('returns the memory of a process', async () => {
    const bytes = await residentBytes();
    expect(bytes !== undefined).to.equal(process.platform === 'linux');
    if (!bytes) return;
    expect(bytes.current).to.be.greaterThan(10_000_000);
    expect(bytes.peak).to.be.at.least(bytes.current);
  });
});
