import { expect } from 'chai';
import { type MatchPolicy, PatternMap } from '../../src/matching/pattern-map.ts';
import { countSteps } from './count-steps.ts';
import { NaiveMap } from './naive-map.ts';
import { randomNumbers, randomUri } from './random-uris.ts';

const POLICIES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard'];

function mapOf(...patterns: readonly [MatchPolicy, string][]): PatternMap<string> {
  const map = new PatternMap<string>();
  for (const [policy, uri] of patterns) map.set(policy, uri, `${policy} ${uri}`);
  return map;
}

describe('PatternMap', () => {
  it('matches a prefix by characters, as specified', () => {
    const map = mapOf(['prefix', 'com.myapp.topic.emergency']);
    for (const end of ['.11', '-low', '.category.severe', '']) {
      expect(map.matching(`com.myapp.topic.emergency${end}`)).to.have.length(1);
    }
    expect(map.matching('com.myapp.topic.emerge')).to.eql([]);
  });

  it('matches a wildcard by components, as specified', () => {
    const map = mapOf(['wildcard', 'com.myapp..userevent']);
    for (const topic of ['com.myapp.foo.userevent', 'com.myapp.bar.userevent', 'com.myapp.a12.userevent']) {
      expect(map.matching(topic)).to.have.length(1);
    }
    for (const topic of ['com.myapp.foo.userevent.bar', 'com.myapp.foo.user', 'com.myapp2.foo.userevent']) {
      expect(map.matching(topic)).to.eql([]);
    }
  });

  it('returns the exact match first, then prefixes from the shortest, then wildcards', () => {
    const map = mapOf(
      ['wildcard', 'a..c'],
      ['prefix', 'a.b'],
      ['exact', 'a.b.c'],
      ['prefix', ''],
      ['wildcard', 'a.b.'],
    );
    expect(map.matching('a.b.c')).to.eql(['exact a.b.c', 'prefix ', 'prefix a.b', 'wildcard a.b.', 'wildcard a..c']);
  });

  it('returns the best match in the order of the specification', () => {
    const map = mapOf(
      ['exact', 'a1.b2.c3.d4.e55'],
      ['prefix', 'a1.b2.c3'],
      ['prefix', 'a1.b2.c3.d4'],
      ['wildcard', 'a1.b2..d4.e5'],
      ['wildcard', 'a1.b2.c33..e5'],
      ['wildcard', 'a1.b2..d4.e5..g7'],
      ['wildcard', 'a1.b2..d4..f6.g7'],
    );
    expect(map.best('a1.b2.c3.d4.e55')).to.equal('exact a1.b2.c3.d4.e55');
    expect(map.best('a1.b2.c3.d98.e74')).to.equal('prefix a1.b2.c3');
    expect(map.best('a1.b2.c3.d4.e325')).to.equal('prefix a1.b2.c3.d4');
    expect(map.best('a1.b2.c55.d4.e5')).to.equal('wildcard a1.b2..d4.e5');
    expect(map.best('a1.b2.c33.d4.e5')).to.equal('prefix a1.b2.c3');
    map.delete('prefix', 'a1.b2.c3');
    expect(map.best('a1.b2.c33.d4.e5')).to.equal('wildcard a1.b2.c33..e5');
    expect(map.best('a1.b2.c88.d4.e5.f6.g7')).to.equal('wildcard a1.b2..d4.e5..g7');
    expect(map.best('a2.b2.c2.d2.e2')).to.equal(undefined);
  });

  it('stores one value for each match policy and URI', () => {
    const map = mapOf(...POLICIES.map((policy): [MatchPolicy, string] => [policy, 'com.example']));
    map.set('prefix', 'com.example', 'another');
    expect(map.size).to.equal(3);
    expect(map.get('prefix', 'com.example')).to.equal('another');
    expect([...map]).to.eql([
      ['exact', 'com.example', 'exact com.example'],
      ['prefix', 'com.example', 'another'],
      ['wildcard', 'com.example', 'wildcard com.example'],
    ]);
    for (const policy of POLICIES) {
      expect([map.delete(policy, 'com.example'), map.delete(policy, 'com.example')]).to.eql([true, false]);
    }
    expect([map.size, map.matching('com.example')]).to.eql([0, []]);
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`agrees with a linear search (seed ${seed})`, () => {
      const random = randomNumbers(seed);
      const [map, naive] = [new PatternMap<number>(), new NaiveMap<number>()];
      for (let step = 0; step < 500; step++) {
        const policy = POLICIES[random(3)] as MatchPolicy;
        const uri = randomUri(random, policy !== 'exact');
        if (random(3) > 0) for (const target of [map, naive]) target.set(policy, uri, step);
        else expect(map.delete(policy, uri)).to.equal(naive.delete(policy, uri));
        const wanted = randomUri(random, false);
        expect([...map.matching(wanted)].sort()).to.eql(naive.matching(wanted).sort());
        expect(map.best(wanted)).to.equal(naive.best(wanted));
        expect(map.size).to.equal(naive.size);
      }
    });
  }

  it('visits as many nodes for 100,000 patterns as for 10', () => {
    const steps = [10, 100_000].map((count) => {
      const map = new PatternMap<number>();
      for (let index = 0; index < count; index++) {
        map.set('exact', `com.exact.t${index}`, index);
        map.set('prefix', `com.prefix.t${index}.`, index);
        map.set('wildcard', `com.wildcard..t${index}`, index);
      }
      return ['com.exact.t7', 'com.prefix.t7.x', 'com.wildcard.any.t7', 'com.none.t7'].map((uri) =>
        countSteps(() => map.matching(uri)),
      );
    });
    // A radix tree of numbers is one level deeper for each digit, and no more than the URI is long.
    for (const [index, many] of (steps[1] ?? []).entries()) expect(many).to.be.at.most((steps[0]?.[index] ?? 0) + 5);
  });

  it('keeps nothing of deleted patterns', () => {
    const map = new PatternMap<number>();
    const random = randomNumbers(7);
    for (let index = 0; index < 1_000; index++) map.set(POLICIES[random(3)] as MatchPolicy, randomUri(random, true), 1);
    for (const [policy, uri] of [...map]) map.delete(policy, uri);
    map.set('prefix', 'a.b.c', 1);
    map.set('wildcard', 'z', 1);
    expect(countSteps(() => map.matching('a.b.c.d'))).to.be.at.most(5);
  });

  it('accepts prefixes of every length of a long URI', () => {
    const map = new PatternMap<number>();
    const uri = 'a'.repeat(2_000);
    for (let length = 1; length <= uri.length; length++) map.set('prefix', uri.slice(0, length), length);
    expect(map.best(uri)).to.equal(uri.length);
    for (let length = 1; length < uri.length; length++) map.delete('prefix', uri.slice(0, length));
    expect(map.matching(uri)).to.eql([uri.length]);
  });
});
