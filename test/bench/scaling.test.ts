import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@pgwamp/harness';
import { expect } from 'chai';
import { measured } from '../../bench/scaling/costs.ts';
import { plans, rowOf } from '../../bench/scaling/index.ts';
import { serve } from '../../bench/scaling/queue.ts';
import { exponential, seeded } from '../../bench/scaling/random.ts';
import { type Plan, simulate } from '../../bench/scaling/tree.ts';

const small: Plan = {
  publishers: 10,
  rate: 20,
  subscribers: 800,
  topics: 2,
  source: 'publisher',
  levels: [1, 2, 8],
  seconds: 5,
  seed: 7,
};

/** Costs so high that the leaves, and nothing before them, have the given load at the rate of `small`. */
function costsFor(load: number) {
  const perLeaf = small.subscribers / 8 / small.topics;
  return { ...measured, delivery: (receivers: number) => (receivers === perLeaf ? load / 200 / perLeaf : 1e-7) };
}

function waitingOf({ stages }: ReturnType<typeof simulate>): number {
  return stages.reduce((sum, { waiting }) => sum + waiting, 0);
}

describe('Simulation of a tree of routers', () => {
  it('returns the same result for the same seed, and another one for another seed', () => {
    expect(simulate(small)).to.deep.equal(simulate(small));
    expect(simulate({ ...small, seed: 8 }).published).not.to.equal(simulate(small).published);
  });

  it('neither loses nor duplicates messages: each copy is delivered or waiting', () => {
    for (const load of [0.5, 3]) {
      const outcome = simulate({ ...small, costs: costsFor(load) });
      expect(outcome.copies).to.be.above(7 * outcome.published);
      expect(outcome.delivered + waitingOf(outcome), `load ${load}`).to.equal(outcome.copies);
    }
    expect(simulate({ ...small, costs: costsFor(0.1) }).delivered).to.be.within(7 * 1000, 9 * 1000);
  });

  it('shows a saturated node by its load and its growing queue', () => {
    const saturated = { ...small, costs: costsFor(2) };
    const loads = Object.fromEntries(simulate(saturated).stages.map(({ name, load }) => [name, load]));
    expect(loads['router 3']).to.be.within(1.8, 2.2);
    expect(loads['router 2']).to.be.below(0.1);
    const [once, twice] = [5, 10].map((seconds) => waitingOf(simulate({ ...saturated, seconds })));
    expect(twice).to.be.within(1.8 * (once ?? 0), 2.2 * (once ?? 0));
    const steady = [5, 10].map((seconds) => waitingOf(simulate({ ...small, costs: costsFor(0.5), seconds })));
    for (const waiting of steady) expect(waiting).to.be.below(50);
  });

  it('doubles the load of every node when the rate is doubled', () => {
    const [one, two] = [20, 40].map((rate) => simulate({ ...small, rate, seconds: 50 }));
    for (const [index, { load }] of one?.stages.entries() ?? []) {
      expect((two?.stages[index]?.load ?? 0) / load).to.be.within(1.9, 2.1);
    }
  });

  it('agrees with the formula of Pollaczek and Khinchine for one queue', () => {
    const random = seeded(3);
    const [rate, cost, end] = [800, 0.001, 200];
    const times: number[] = [];
    for (let at = exponential(random, rate); at < end; at += exponential(random, rate)) times.push(at);
    const arrivals = Float64Array.from(times);
    const { departures, load } = serve(arrivals, () => cost * (0.5 + random()), end);
    const waits =
      departures.reduce((sum, departure, index) => sum + departure - (arrivals[index] ?? 0), 0) / departures.length;
    const square = cost ** 2 * (1 + 1 / 12);
    const expected = cost + (rate * square) / (2 * (1 - rate * cost));
    expect(load).to.be.within(0.79, 0.81);
    expect(waits / expected).to.be.within(0.95, 1.05);
  });

  it('interpolates the measured costs for the number of receivers', () => {
    expect(1 / measured.delivery(1)).to.be.closeTo(1_173_398, 1);
    expect(1 / measured.delivery(100)).to.be.closeTo(3_266_806, 1);
    expect(1 / measured.delivery(5000)).to.be.closeTo(151_292, 1);
    expect(measured.delivery(1000)).to.be.within(measured.delivery(100), measured.delivery(5000));
    expect(measured.delivery(50_000)).to.equal(measured.delivery(5000));
  });

  it('computes the table of docs/scaling.md', () => {
    const page = readFileSync(join(repositoryRoot, 'docs/scaling.md'), 'utf8').replaceAll(/ +/g, ' ');
    for (const [name, plan] of Object.entries(plans)) {
      expect(page).to.include(`| ${rowOf(name, plan, simulate(plan)).join(' | ')} |`.replaceAll(/ +/g, ' '));
    }
  }).timeout(120_000);
});
