import type { Part } from '../report.ts';
import { cost } from './cost.ts';
import { latency } from './latency.ts';
import { throughput } from './throughput.ts';

/** The benchmarks of the Callee. */
export const calleeParts: Readonly<Record<string, Part>> = { throughput, latency, cost };
