import type { Part } from '../report.ts';
import { consolePage } from './console.ts';
import { start } from './start.ts';

/** The benchmarks of the command and the console. */
export const nodeParts: Readonly<Record<string, Part>> = { start, console: consolePage };
