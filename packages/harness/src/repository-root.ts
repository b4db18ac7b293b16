import { resolve } from 'node:path';

/** The top folder of this repository. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..');
