import { Counter, Gauge, type Registry } from '@prometheus-io/client';

/** Where metrics are registered. */
export type Metrics = Registry;

/** Reads a metric's value when it is scraped. */
export interface ComponentGauges {
  /** Values that go up and down, by metric name. */
  readonly gauges: Readonly<Record<string, { readonly help: string; read(): number }>>;
  /** Values that only grow, by metric name. */
  readonly counters: Readonly<Record<string, { readonly help: string; read(): number }>>;
}

/** The readers of one metric, by the realm that is their label. */
type Readers = Map<string, () => number>;

const readers = new WeakMap<Registry, Map<string, Readers>>();

/**
 * Registers a component's metrics, labelled with its realm. Several components share a metric.
 *
 * @returns what takes the component's values out again.
 */
export function metricsFor(registry: Metrics, realm: string, { gauges, counters }: ComponentGauges): () => void {
  const all = Object.entries({ ...gauges, ...counters });
  for (const [name, { help, read }] of all) {
    metric(registry, name, help, name in counters).set(realm, read);
  }
  return () => {
    for (const [name] of all) readers.get(registry)?.get(name)?.delete(realm);
  };
}

function metric(registry: Registry, name: string, help: string, isCounter: boolean): Readers {
  const known = readers.get(registry) ?? new Map<string, Readers>();
  readers.set(registry, known);
  const existing = known.get(name);
  if (existing) return existing;
  const values: Readers = new Map();
  known.set(name, values);
  const options = { name, help, labelNames: ['realm'] as const, registers: [registry] };
  if (isCounter) {
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const [realm, read] of values) this.inc({ realm }, read());
      },
    });
  } else {
    new Gauge({
      ...options,
      collect() {
        this.reset();
        for (const [realm, read] of values) this.set({ realm }, read());
      },
    });
  }
  return values;
}
