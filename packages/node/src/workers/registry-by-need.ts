import { createRequire } from 'node:module';
import type { Registry } from '@prometheus-io/client';

/** A registry that is made, and the client library of Prometheus loaded, when somebody asks for metrics. */
export class RegistryByNeed {
  #registry: Registry | undefined;

  get registry(): Registry {
    this.#registry ??= create();
    return this.#registry;
  }

  /** What is registered, and nothing if there is no registry yet. */
  async read(): Promise<object[]> {
    return this.#registry?.getMetricsAsJSON() ?? [];
  }
}

function create(): Registry {
  const require = createRequire(import.meta.url);
  const { Registry } = require('@prometheus-io/client') as typeof import('@prometheus-io/client');
  return new Registry();
}
