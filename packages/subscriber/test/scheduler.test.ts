import { expect } from 'chai';
import { Scheduler } from '../src/scheduler.ts';

/** Somebody with so many things to do, who notes each. */
function task(name: string, tasks: number, notes: string[]) {
  let left = tasks;
  return {
    get ready() {
      return left > 0;
    },
    async work() {
      left -= 1;
      notes.push(name);
      await Promise.resolve();
    },
  };
}

describe('Scheduler', () => {
  it('go round among those who have something to do', async () => {
    const scheduler = new Scheduler(1);
    const notes: string[] = [];
    for (const name of ['a', 'b', 'c']) scheduler.schedule(task(name, 3, notes));
    await scheduler.idle();
    expect(notes.join('')).to.equal('abcabcabc');
  });

  it('are as many at once as there may be', async () => {
    const scheduler = new Scheduler(2);
    let [working, most] = [0, 0];
    for (let index = 0; index < 10; index += 1) {
      let left = 1;
      scheduler.schedule({
        get ready() {
          return left > 0;
        },
        async work() {
          left -= 1;
          working += 1;
          most = Math.max(most, working);
          await new Promise(setImmediate);
          working -= 1;
        },
      });
    }
    await scheduler.idle();
    expect({ most, working: scheduler.working }).to.deep.equal({ most: 2, working: 0 });
  });

  it('are not given to who has nothing to do any more', async () => {
    const scheduler = new Scheduler(1);
    const notes: string[] = [];
    let ready = true;
    scheduler.schedule({
      get ready() {
        return ready;
      },
      async work() {
        notes.push('worked');
      },
    });
    ready = false;
    await scheduler.idle();
    expect(notes).to.deep.equal([]);
  });

  it('are given to nobody while they are held', async () => {
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

  it('begin together with what comes in the same turn of the event loop', async () => {
    const scheduler = new Scheduler(1);
    let tasks = 1;
    const seen: number[] = [];
    const taker = {
      get ready() {
        return tasks > 0;
      },
      async work() {
        seen.push(tasks);
        tasks = 0;
      },
    };
    scheduler.schedule(taker);
    tasks = 5;
    await scheduler.idle();
    expect(seen).to.deep.equal([5]);
  });
});
