import type { Part } from '../report.ts';
import { latency } from './latency.ts';
import { publishCost } from './publish-cost.ts';
import { throughput } from './throughput.ts';
import { transaction } from './transaction.ts';
import { writerCost } from './writer-cost.ts';

/** The benchmarks of the Publisher. */
export const publisherParts: Readonly<Record<string, Part>> = {
  'publish-cost': publishCost,
  'writer-cost': writerCost,
  latency,
  throughput,
  transaction,
};
