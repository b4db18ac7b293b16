import type { Part } from '../report.ts';
import { consolePage } from './console.ts';
import { start } from './start.ts';

/** What is measured of the command. */
export const nodeParts: Readonly<Record<string, Part>> = { start, console: consolePage };
