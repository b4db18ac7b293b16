import type { Part } from '../report.ts';
import { decode } from './decode.ts';
import { latency } from './latency.ts';
import { routes } from './routes.ts';
import { throughput } from './throughput.ts';
import { transaction } from './transaction.ts';

/** The benchmarks of the Proxy. */
export const proxyParts: Readonly<Record<string, Part>> = {
  ...throughput,
  latency,
  transaction,
  decode,
  routes,
};
