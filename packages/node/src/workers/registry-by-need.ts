import { createRequire } from 'node:module';
import type { Registry } from '@prometheus-io/client';

/** A metrics registry that is created on the first request, which also loads the Prometheus client. */
export class RegistryByNeed {
  #registry: Registry | undefined;

  get registry(): Registry {
    this.#registry ??= create();
    return this.#registry;
  }

  /** The registered metrics; empty without a registry. */
  async read(): Promise<object[]> {
    return this.#registry?.getMetricsAsJSON() ?? [];
  }
}

function create(): Registry {
  const require = createRequire(import.meta.url);
  const { Registry } = require('@prometheus-io/client') as typeof import('@prometheus-io/client');
  return new Registry();
}
