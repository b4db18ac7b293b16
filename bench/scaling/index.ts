import type { Figure, Part } from '../report.ts';
import { type Outcome, type Plan, simulate } from './tree.ts';

/** 100 publishers and 1,000,000 subscribers: 200 leaves of 5,000, or as many leaves as the load asks for. */
const base = { publishers: 100, subscribers: 1_000_000, source: 'publisher', seed: 1 } as const;

/** The plans that docs/scaling.md shows. */
export const plans: Readonly<Record<string, Plan>> = {
  'one-topic': { ...base, rate: 0.2, topics: 1, levels: [1, 10, 200], seconds: 60 },
  'one-topic-doubled': { ...base, rate: 0.4, topics: 1, levels: [1, 10, 200], seconds: 60 },
  'one-topic-more-leaves': { ...base, rate: 0.4, topics: 1, levels: [1, 20, 400], seconds: 60 },
  'hundred-topics': { ...base, rate: 100, topics: 100, levels: [1, 10, 200], seconds: 2 },
  'hundred-topics-by-proxy': { ...base, rate: 100, topics: 100, levels: [1, 10, 200], seconds: 2, source: 'proxy' },
};

/** A line of the table in docs/scaling.md. */
export function rowOf(name: string, plan: Plan, { latencies, stages }: Outcome): string[] {
  const rounded = (value: number) => Number(value.toPrecision(2)).toLocaleString('en');
  const at = (share: number) => `${rounded((latencies[Math.floor(latencies.length * share)] ?? Number.NaN) * 1000)} ms`;
  const [busiest] = stages.toSorted((one, other) => other.load - one.load);
  const isSaturated = (busiest?.load ?? 0) >= 1;
  return [
    `\`${name}\``,
    `${(plan.publishers * plan.rate).toLocaleString('en')} /s`,
    String(plan.levels.at(-1)),
    `${busiest?.name}: ${rounded(busiest?.load ?? 0)}`,
    ...(isSaturated ? ['queue grows without bound', ''] : [at(0.5), at(0.99)]),
  ];
}

/** The result of a simulation, in the words of the report. */
function figuresOf(plan: Plan, outcome: Outcome): Figure[] {
  const { latencies, stages, delivered } = outcome;
  const perLeaf = plan.subscribers / (plan.levels.at(-1) ?? 1) / plan.topics;
  const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN) * 1000;
  return [
    { what: 'publications', value: plan.publishers * plan.rate, unit: '/s' },
    { what: 'deliveries', value: (delivered * perLeaf) / plan.seconds, unit: '/s' },
    { what: 'to the last subscriber of a leaf, p50', value: at(0.5), unit: 'ms' },
    { what: 'to the last subscriber of a leaf, p99', value: at(0.99), unit: 'ms' },
    ...stages.map(({ name, processes, load }) => ({
      what: `${name}, ${processes} ${processes === 1 ? 'process' : 'processes'}, load${load >= 1 ? ': SATURATED, its queue grows without bound' : ''}`,
      value: load,
      unit: '×',
    })),
  ];
}

/** Simulations; what they need is computed, not measured. */
export const scalingParts: Readonly<Record<string, Part>> = Object.fromEntries(
  Object.entries(plans).map(([name, plan]) => [name, async () => figuresOf(plan, simulate(plan))]),
);
