import type { Part } from '../report.ts';
import { latency } from './latency.ts';
import { throughput } from './throughput.ts';

/** What is measured of the Callee. */
export const calleeParts: Readonly<Record<string, Part>> = { throughput, latency };
