import { expect } from 'chai';
import { RecentPublications } from '../src/publication-receipts.ts';

describe('the recent publications', () => {
  it('are found by the name of the source and by the number of the router, with the times', () => {
    const recent = new RecentPublications();
    const before = Date.now();
    recent.add('0/16B3748', 9007199254740992, before - 0.5);
    const found = recent.find('0/16B3748');
    expect(found).to.include({ id: '0/16B3748', publication: 9007199254740992, committedAt: before - 0.5 });
    expect(found?.acknowledgedAt).to.be.within(before, Date.now());
    expect(recent.find('9007199254740992')).to.deep.equal(found);
    expect(recent.find('0')).to.equal(undefined);
  });

  it('are the last 10,000', () => {
    const recent = new RecentPublications();
    for (let number = 1; number <= 10_001; number += 1) recent.add(`0/${number}`, number, undefined);
    expect(recent.find('0/1')).to.equal(undefined);
    expect(recent.find('0/2')).to.include({ publication: 2 }).and.not.to.have.property('committedAt');
    expect(recent.find('10001')).to.include({ id: '0/10001' });
  });
});
