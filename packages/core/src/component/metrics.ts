import { createRequire } from 'node:module';
import type { Registry } from '@prometheus-io/client';

/** The registry of metrics. */
export type Metrics = Registry;

/**
 * Labels that distinguish components of the same kind, for example `{ database: '127.0.0.1:5432/shop', realm: 'realm1'
 * }`.
 */
export type Labels = Readonly<Record<string, string>>;

/** A value that is read at each scrape. */
interface Reading {
  readonly help: string;
  read(): number;
}

/** The metrics of a component, by name. */
export interface ComponentMetrics {
  /** Values that can go up and down. */
  readonly gauges: Readonly<Record<string, Reading>>;
  /** Values that only increase. */
  readonly counters: Readonly<Record<string, Reading>>;
}

/** The value that one component contributes to a metric. */
interface Sample {
  readonly labels: Labels;
  read(): number;
}

/** The common interface of counters and gauges. */
interface Summing {
  reset(): void;
  inc(labels: Labels, value: number): void;
}

const samples = new WeakMap<Registry, Map<string, Set<Sample>>>();

/**
 * Registers the metrics of a component. Several components share a metric: each adds its value under its labels. Values
 * with the same labels are added up.
 *
 * @returns a function that unregisters the component's values.
 */
export function registerMetrics(registry: Metrics, labels: Labels, { gauges, counters }: ComponentMetrics): () => void {
  const added = Object.entries({ ...gauges, ...counters }).map(([name, { help, read }]) => {
    const all = samplesOf(registry, name, help, Object.keys(labels), name in counters);
    const sample = { labels, read };
    all.add(sample);
    return () => all.delete(sample);
  });
  return () => {
    for (const remove of added) remove();
  };
}

function samplesOf(registry: Registry, name: string, help: string, labelNames: string[], isCounter: boolean) {
  const known = samples.get(registry) ?? new Map<string, Set<Sample>>();
  samples.set(registry, known);
  const existing = known.get(name);
  if (existing) return existing;
  const all = new Set<Sample>();
  known.set(name, all);
  const { Counter, Gauge } = client();
  const options = { name, help, labelNames, registers: [registry] };
  const collect = (metric: Summing) => {
    metric.reset();
    for (const { labels, read } of all) metric.inc(labels, read());
  };
  if (isCounter) {
    new Counter({
      ...options,
      collect() {
        collect(this);
      },
    });
  } else {
    new Gauge({
      ...options,
      collect() {
        collect(this);
      },
    });
  }
  return all;
}

/** Loads on demand: without a registry, the library is not needed. */
function client(): typeof import('@prometheus-io/client') {
  return createRequire(import.meta.url)('@prometheus-io/client');
}
