import type { Part } from '../report.ts';
import { throughput } from './throughput.ts';

/** What is measured of the Subscriber. */
export const subscriberParts: Readonly<Record<string, Part>> = { throughput };
