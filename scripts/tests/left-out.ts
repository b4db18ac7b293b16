import { readFileSync } from 'node:fs';

/** Tests that Crossbar.io cannot take part in (`TEST_ROUTER=crossbar`), by the beginning of their titles, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'runs as its caller, where that was asked for': 'the application vouches for names and roles of callers',
  'bounds how many calls of a procedure run at once':
    'Crossbar.io refuses a call beyond the concurrency; ours has it wait',
  'has the function told who calls, also in the settings':
    'Crossbar.io discloses callers by its configuration, and not by their wish',
  'tells the callee who calls: the login and the role in forward_for':
    'Crossbar.io adds the disclosed caller to forward_for',
  'calls after COMMIT, not after ROLLBACK, and keeps the outcome':
    'Crossbar.io adds the disclosed caller to forward_for',
  'gives the procedure what SQL gives, and loses nothing': 'Crossbar.io writes numbers anew: 0.1000 becomes 0.1',
  'leaves calls of another realm alone': 'it needs two realms of one router',
  'gets retained events if it asks for them, once':
    'with Crossbar.io a retained event comes twice where two functions subscribe to its topic',
  'tries again what the router refuses, and tells so': 'it changes the roles of the realm',
  'calls functions of the same database by way of WAMP, some calls deep':
    'Crossbar.io adds the disclosed caller to forward_for, which says how deep a call is',
  'is found where only the router knows that it is too deep': 'it sets a limit of the router',
  'half a surrogate pair': 'Crossbar.io loses an error with half a surrogate pair',
  'U+0000 in keywords': 'it has half a surrogate pair as well',
  'is kept whatever is wrong: the arguments': 'Crossbar.io loses an event with half a surrogate pair',
  'is kept in a form that jsonb takes': 'Crossbar.io loses an event with half a surrogate pair',
};

/**
 * The arguments with which mocha skips them.
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
