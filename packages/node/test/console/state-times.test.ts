import { expect } from 'chai';
import { StateMemory } from '../../src/console/state-times.ts';

const state = (component: string, published = 0) =>
  ({
    file: '',
    started: '',
    workers: [{ id: 'w', state: 'running', components: [{ id: 'c', state: component, status: { published } }] }],
  }) as never;

describe('the memory of states', () => {
  it('tells since when a component is in its state, and that it may be longer of the first one', () => {
    const memory = new StateMemory();
    expect(memory.take(state('running'), 1000)).to.deep.equal({
      w: { since: 1000, isFirst: true },
      'w/c': { since: 1000, isFirst: true },
    });
    expect(memory.take(state('running'), 2000)['w/c']).to.deep.equal({ since: 1000, isFirst: true });
    expect(memory.take(state('reconnecting'), 3000)['w/c']).to.deep.equal({ since: 3000, isFirst: false });
    expect(memory.take(state('reconnecting'), 4000)['w/c']).to.deep.equal({ since: 3000, isFirst: false });
  });

  it('tells when a component has last done something', () => {
    const memory = new StateMemory();
    memory.take(state('running', 5), 1000);
    expect(memory.take(state('running', 6), 2000)['w/c']).to.include({ workedAt: 2000 });
    expect(memory.take(state('running', 6), 3000)['w/c']).to.include({ workedAt: 2000 });
    // It has started again, and counts from zero.
    expect(memory.take(state('running', 0), 4000)['w/c']).to.include({ workedAt: 2000 });
  });
});
