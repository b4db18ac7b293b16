import { expect } from 'chai';
import { copyName } from '../../src/sources/log-copy.ts';

describe('The copy of a slot', () => {
  it('has a name of its own for each slot and each sink, which PostgreSQL takes', () => {
    const long = 'x'.repeat(63);
    const pairs = ['a', 'a_b', `${long.slice(1)}y`, long].flatMap((slot) =>
      ['Broker', 'broker', 'bro-ker', 'bro_ker', 'b', 'b_broker', `${long}1`, `${long}2`].map((sink) => [slot, sink]),
    );
    const names = pairs.map(([slot = '', sink = '']) => copyName(slot, sink));
    expect(new Set(names).size).to.equal(pairs.length);
    for (const name of names) expect(name).to.match(/^[a-z0-9_]{1,63}$/);
    expect(names).not.to.include('a_b');
  });
});
