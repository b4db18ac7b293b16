import { SchemaMissingError, StoppedError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { componentOf, untilStopped, work } from '../support/component.ts';

describe('the life of a component', () => {
  it('begins with start, which resolves when it works, and ends with stop', async () => {
    await using test = componentOf(work);
    expect(test.component.status).to.deep.equal({ state: 'stopped', error: undefined, reconnects: 0 });
    await test.component.start();
    expect(test.component.status.state).to.equal('running');
    await test.component.stop();
    expect(test.states).to.deep.equal(['starting', 'running', 'stopping', 'stopped']);
  });

  it('is one, however often it is started or stopped', async () => {
    let served = 0;
    await using test = componentOf((life) => {
      served += 1;
      return work(life);
    });
    await test.component.stop();
    await Promise.all([test.component.start(), test.component.start()]);
    await test.component.start();
    expect(served).to.equal(1);
    await Promise.all([test.component.stop(), test.component.stop()]);
    expect(test.component.status.state).to.equal('stopped');
  });

  it('can begin again after stop', async () => {
    await using test = componentOf(work);
    for (const _ of [1, 2]) {
      await test.component.start();
      await test.component.stop();
    }
    expect(test.states.filter((state) => state === 'running')).to.have.length(2);
  });

  it('goes on trying while it cannot connect, and start waits for it', async () => {
    let tries = 0;
    await using test = componentOf((life) => {
      tries += 1;
      if (tries < 4) throw new Error('nobody there');
      return work(life);
    });
    await withDeadline(test.component.start(), 10_000, 'the fourth try');
    expect(test.component.status).to.deep.equal({ state: 'running', error: undefined, reconnects: 3 });
    expect(test.states).to.deep.equal(['starting', 'running']);
    expect(test.levels).to.deep.equal(['warn', 'warn', 'warn']);
  });

  it('gives up on what trying again cannot mend, and says what', async () => {
    const error = new SchemaMissingError('shop', 'crossbar');
    await using test = componentOf(() => Promise.reject(error));
    expect(await rejection(test.component.start())).to.equal(error);
    expect(test.component.status).to.deep.include({ state: 'stopped', error });
  });

  it('ends by itself when that happens later, and nobody has to catch it', async () => {
    const lose = Promise.withResolvers<void>();
    const error = new SchemaMissingError('shop', 'crossbar');
    await using test = componentOf(async (life) => {
      life.running();
      await lose.promise;
      throw error;
    });
    await test.component.start();
    lose.resolve();
    await waitFor(() => test.component.status.state === 'stopped', { what: 'the component to give up' });
    expect(test.component.status.error).to.equal(error);
    expect(test.levels).to.deep.equal(['error']);
  });

  it('can be stopped while it starts: start is rejected with StoppedError', async () => {
    await using test = componentOf(untilStopped);
    const started = rejection(test.component.start());
    await test.component.stop();
    expect(await started).to.be.instanceOf(StoppedError);
  });

  it('can be stopped while it waits for the next try (AutobahnJS trap 6)', async () => {
    let tries = 0;
    await using test = componentOf(() => {
      tries += 1;
      throw new Error('nobody there');
    });
    const started = rejection(test.component.start());
    await waitFor(() => tries >= 5, { what: 'some tries' });
    const begin = performance.now();
    await test.component.stop();
    expect(performance.now() - begin).to.be.below(500);
    expect(await started).to.be.instanceOf(StoppedError);
    expect(test.component.status.state).to.equal('stopped');
  });

  it('serves again after every loss, and forgets the error when it works', async () => {
    const losses = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const errors = [new Error('first'), new Error('second')];
    let lives = 0;
    await using test = componentOf(async (life) => {
      const loss = losses[lives];
      const error = errors[lives];
      lives += 1;
      life.running();
      if (!loss) return untilStopped(life);
      await loss.promise;
      throw error;
    });
    await test.component.start();
    for (const [index, loss] of losses.entries()) {
      loss.resolve();
      await waitFor(() => test.component.status.error === errors[index] || lives > index + 1, { what: 'the loss' });
      await waitFor(() => lives > index + 1, { what: 'the next life' });
    }
    expect(test.component.status).to.deep.equal({ state: 'running', error: undefined, reconnects: 2 });
    expect(test.states.join()).to.equal('starting,running,reconnecting,running,reconnecting,running');
  });

  it('can miss a part for a while without beginning anew', async () => {
    const missed = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const error = new Error('a part');
    await using test = componentOf(async (life) => {
      life.running();
      await missed.promise;
      life.reconnecting(error);
      await opened.promise;
      return work(life);
    });
    await test.component.start();
    missed.resolve();
    await waitFor(() => test.component.status.state === 'reconnecting', { what: 'the loss' });
    expect(test.component.status).to.deep.equal({ state: 'reconnecting', error, reconnects: 1 });
    opened.resolve();
    await waitFor(() => test.component.status.state === 'running', { what: 'the part' });
    expect(test.component.status).to.deep.equal({ state: 'running', error: undefined, reconnects: 1 });
  });

  it('stands by, which counts as started, until it is its turn', async () => {
    const turn = Promise.withResolvers<void>();
    await using test = componentOf(async (life) => {
      life.standingBy();
      await turn.promise;
      return work(life);
    });
    await test.component.start();
    expect(test.component.status.state).to.equal('standby');
    turn.resolve();
    await waitFor(() => test.component.status.state === 'running', { what: 'its turn' });
  });

  it('says nothing of work once it is told to stop', async () => {
    const proceed = Promise.withResolvers<void>();
    await using test = componentOf(async (life) => {
      await proceed.promise;
      life.running();
    });
    const started = rejection(test.component.start());
    const stopped = test.component.stop();
    proceed.resolve();
    await stopped;
    expect(await started).to.be.instanceOf(StoppedError);
    expect(test.states).not.to.include('running');
  });

  it('may fail while it stops, which is only logged', async () => {
    await using test = componentOf(async (life) => {
      life.running();
      await untilStopped(life);
      throw new Error('too late');
    });
    await test.component.start();
    await test.component.stop();
    expect(test.component.status.state).to.equal('stopped');
    expect(test.levels).to.deep.equal(['warn']);
  });
});
