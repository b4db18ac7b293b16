import type { Part } from '../report.ts';
import { backends } from './backends.ts';
import { calls, each, http } from './calls.ts';
import { latency } from './latency.ts';

/** The benchmarks of the Caller. */
export const callerParts: Readonly<Record<string, Part>> = { calls, each, http, backends, latency };
