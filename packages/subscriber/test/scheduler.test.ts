import { expect } from 'chai';
import { Scheduler } from '../src/scheduler.ts';

function unexpected(error: unknown): never {
  throw error;
}

/** A task of so many parts, which notes each. */
function task(name: string, tasks: number, notes: string[]) {
  let left = tasks;
  return {
    get ready() {
      return left > 0;
    },
    async run() {
      left -= 1;
      notes.push(name);
      await Promise.resolve();
    },
    failed: unexpected,
  };
}

describe('Scheduler', () => {
  it('runs the tasks that are ready in turn', async () => {
    const scheduler = new Scheduler(1);
    const notes: string[] = [];
    for (const name of ['a', 'b', 'c']) scheduler.schedule(task(name, 3, notes));
    await scheduler.idle();
    expect(notes.join('')).to.equal('abcabcabc');
  });

  it('runs as many concurrent tasks as allowed', async () => {
    const scheduler = new Scheduler(2);
    let [running, highest] = [0, 0];
    for (let index = 0; index < 10; index += 1) {
      let left = 1;
      scheduler.schedule({
        get ready() {
          return left > 0;
        },
        async run() {
          left -= 1;
          running += 1;
          highest = Math.max(highest, running);
          await new Promise(setImmediate);
          running -= 1;
        },
        failed: unexpected,
      });
    }
    await scheduler.idle();
    expect({ highest, running: scheduler.running }).to.deep.equal({ highest: 2, running: 0 });
  });

  it('does not run a task that is no longer ready', async () => {
    const scheduler = new Scheduler(1);
    const notes: string[] = [];
    let ready = true;
    scheduler.schedule({
      get ready() {
        return ready;
      },
      async run() {
        notes.push('worked');
      },
      failed: unexpected,
    });
    ready = false;
    await scheduler.idle();
    expect(notes).to.deep.equal([]);
  });

  it('starts nothing while it is paused', async () => {
    const scheduler = new Scheduler(1);
    const notes: string[] = [];
    scheduler.pause();
    scheduler.schedule(task('a', 2, notes));
    await new Promise(setImmediate);
    expect(notes).to.deep.equal([]);
    scheduler.resume();
    await scheduler.idle();
    expect(notes).to.deep.equal(['a', 'a']);
  });

  it('starts a task together with others of the same turn of the event loop', async () => {
    const scheduler = new Scheduler(1);
    let tasks = 1;
    const seen: number[] = [];
    const task = {
      get ready() {
        return tasks > 0;
      },
      async run() {
        seen.push(tasks);
        tasks = 0;
      },
      failed: unexpected,
    };
    scheduler.schedule(task);
    tasks = 5;
    await scheduler.idle();
    expect(seen).to.deep.equal([5]);
  });

  it('reports a failure to its task, and continues', async () => {
    const scheduler = new Scheduler(1);
    let parts = 2;
    const failures: unknown[] = [];
    const failure = new Error('no');
    scheduler.schedule({
      get ready() {
        return parts > 0;
      },
      async run() {
        parts -= 1;
        throw failure;
      },
      failed: (error) => failures.push(error),
    });
    await scheduler.idle();
    expect(failures).to.deep.equal([failure, failure]);
  });
});
