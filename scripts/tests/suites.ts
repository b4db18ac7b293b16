import { globSync } from 'node:fs';
import { isUnitTest } from './unit.ts';

/** A selection of test files. */
export interface Suite {
  /** A description, in a sentence that begins with "Runs". */
  readonly about: string;
  /** About how long it takes on two quiet cores, in minutes. */
  readonly minutes: number;
  files(): string[];
}

/** The tests of several packages come first: the longest are among them, and all processes should end together. */
const everything = ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'];

/** The code that runs SQL of pgwamp, or reads data from PostgreSQL. */
const database = [
  'test/sql/*.test.ts',
  ...['component', 'postgres', 'pipeline', 'sources', 'functions'].map(
    (folder) => `packages/core/test/${folder}/*.test.ts`,
  ),
  'packages/publisher/test/*.test.ts',
  'packages/gateway/test/{feeds,log,rows,access,receive}/*.test.ts',
  'packages/proxy/test/*.test.ts',
  'packages/proxy/test/{formats,routing}/*.test.ts',
];

/** Tests of components in which the router is a parameter, but for those of `left-out.ts`. */
const withEitherRouter = [
  'packages/callee/test/{calls,pool,progress,registrations,router-outage,stop}.test.ts',
  'packages/caller/test/{async,cancel,errors,inside,outages,results,streams,stop,unsendable}.test.ts',
  'packages/publisher/test/{change-of-delivery,dropped-publication,router-outage,stop}.test.ts',
  'packages/subscriber/test/{failures,handlers,live,many,outages,queue-group,stop}.test.ts',
];

/** The suites of `scripts/test.ts`, by name. */
export const suites: Readonly<Record<string, Suite>> = {
  all: { about: 'all tests but those of endurance', minutes: 10, files: () => find(everything) },
  unit: {
    about: 'the tests that need no PostgreSQL, no browser and no compiler',
    minutes: 1,
    files: () => find(['packages/*/test/**/*.test.ts']).filter(isUnitTest),
  },
  endurance: {
    about:
      'the tests of endurance: large transactions and payloads, many registrations, processes killed again and again, examples copied out, three minutes of faults at random',
    minutes: 7,
    files: () => find(['test/**/*.endurance.ts', 'packages/*/test/**/*.endurance.ts']),
  },
  components: {
    about: 'the tests of Publisher, Subscriber, Callee and Caller',
    minutes: 1,
    files: () => find(['packages/{publisher,subscriber,callee,caller}/test/*.test.ts']),
  },
  crossbar: {
    about: 'the tests of the components that take the router as a parameter, for TEST_ROUTER=crossbar',
    minutes: 1,
    files: () => find(withEitherRouter),
  },
  interop: {
    about: 'the same scenarios, examples and component tests with our router and with that of INTEROP',
    minutes: 1,
    files: () => find(['test/interop/*.test.ts', 'test/examples/components.test.ts']),
  },
  database: {
    about: 'the tests of SQL, deliveries, functions, gateway and proxy',
    minutes: 3,
    files: () => find(database),
  },
  packages: {
    about: 'the tests of the packages as they are published, installed by npm and by pnpm',
    minutes: 1,
    files: () => find(['test/packages/*.test.ts']),
  },
  sql: { about: 'the tests of SQL', minutes: 1, files: () => find(['test/sql/*.test.ts']) },
};

function find(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) => globSync(pattern).toSorted());
}
