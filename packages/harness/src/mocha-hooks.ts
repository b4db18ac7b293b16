import { releaseSharedPostgres } from './postgres/shared-postgres.ts';

/** What mocha does around all tests of a process. */
export const mochaHooks = { afterAll: releaseSharedPostgres };
