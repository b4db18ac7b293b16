import type { Part } from '../report.ts';
import { throughput } from './throughput.ts';

/** The benchmarks of the Subscriber. */
export const subscriberParts: Readonly<Record<string, Part>> = { throughput };
