import type { Part } from '../report.ts';
import { fanOut } from './fan-out.ts';
import { latency } from './latency.ts';
import { recovery } from './recovery.ts';
import { resume } from './resume.ts';
import { rows } from './rows.ts';
import { throughput } from './throughput.ts';

/** The benchmarks of the Gateway. */
export const gatewayParts: Readonly<Record<string, Part>> = {
  latency,
  throughput,
  'fan-out': fanOut,
  rows,
  resume,
  recovery,
};
