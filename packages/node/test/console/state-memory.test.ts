import { expect } from 'chai';
import { StateMemory } from '../../src/console/state-memory.ts';

const state = (component: string, published = 0) =>
  ({
    file: '',
    started: '',
    workers: [{ id: 'w', state: 'running', components: [{ id: 'c', state: component, status: { published } }] }],
  }) as never;

describe('StateMemory', () => {
  it('returns since when a component is in its state, and marks the first known state', () => {
    const memory = new StateMemory();
    expect(memory.take(state('running'), 1000)).to.deep.equal({
      w: { since: 1000, isFirst: true },
      'w/c': { since: 1000, isFirst: true },
    });
    expect(memory.take(state('running'), 2000)['w/c']).to.deep.equal({ since: 1000, isFirst: true });
    expect(memory.take(state('reconnecting'), 3000)['w/c']).to.deep.equal({ since: 3000, isFirst: false });
    expect(memory.take(state('reconnecting'), 4000)['w/c']).to.deep.equal({ since: 3000, isFirst: false });
  });

  it('returns when a component has last worked', () => {
    const memory = new StateMemory();
    memory.take(state('running', 5), 1000);
    expect(memory.take(state('running', 6), 2000)['w/c']).to.include({ workedAt: 2000 });
    expect(memory.take(state('running', 6), 3000)['w/c']).to.include({ workedAt: 2000 });
    // It has started again, and counts from zero.
    expect(memory.take(state('running', 0), 4000)['w/c']).to.include({ workedAt: 2000 });
  });
});
