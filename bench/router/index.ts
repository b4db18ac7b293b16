import type { Part } from '../report.ts';
import { events } from './events.ts';
import { idleMemory } from './idle-memory.ts';
import { nexus } from './nexus.ts';
import { acknowledged, calls, latency } from './requests.ts';

/** The benchmarks of the router. */
export const routerParts: Readonly<Record<string, Part>> = {
  events,
  acknowledged,
  calls,
  latency,
  nexus,
  'idle-memory': idleMemory,
};
