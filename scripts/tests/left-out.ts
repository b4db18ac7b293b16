import { readFileSync } from 'node:fs';

/** Tests that Crossbar.io cannot take part in (`TEST_ROUTER=crossbar`), by the beginning of their titles, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  'runs as its caller, where that was asked for': 'the application vouches for names and roles of callers',
  'is rolled back when its caller has had enough': '100,000 progressive results take Crossbar.io a minute',
  'bounds how many calls of a procedure run at once':
    'Crossbar.io refuses a call beyond the concurrency; ours has it wait',
  'share the load of invoke "roundrobin"': 'it counts the sessions of the router',
  'answers what is in flight, what waits for a connection too': 'it counts the sessions of the router',
};

/**
 * What mocha takes to leave them out.
 *
 * @throws Error naming a test that is in none of the files: it was renamed
 */
export function withoutLeftOut(files: readonly string[]): string[] {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const unknown = Object.keys(leftOut).filter((title) => !texts.some((text) => text.includes(title)));
  if (unknown.length > 0)
    throw new Error(`scripts/tests/left-out.ts names tests that are not there: ${unknown.join('; ')}`);
  const titles = Object.keys(leftOut).map((title) => title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return ['--grep', titles.join('|'), '--invert'];
}
