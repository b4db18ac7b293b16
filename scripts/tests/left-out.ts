import { readFileSync } from 'node:fs';

/** Tests that Crossbar.io cannot take part in (`TEST_ROUTER=crossbar`), by the beginning of their titles, and why. */
const leftOut: Readonly<Record<string, string>> = {
  'runs as its caller with run_as "caller"': 'the application vouches for names and roles of callers',
  'limits the concurrent calls of a procedure': 'Crossbar.io refuses a call beyond the concurrency; ours has it wait',
  'passes the caller to the function, also in the settings':
    'Crossbar.io discloses callers by its configuration, and not by their wish',
  'reports the caller to the callee: the login and the role in forward_for':
    'Crossbar.io adds the disclosed caller to forward_for',
  'calls after COMMIT, not after ROLLBACK, and stores the outcome':
    'Crossbar.io adds the disclosed caller to forward_for',
  'passes the arguments of SQL to the procedure, without loss': 'Crossbar.io writes numbers anew: 0.1000 becomes 0.1',
  'leaves calls of another realm alone': 'it needs two realms of one router',
  'receives retained events once if it requests them':
    'with Crossbar.io a retained event comes twice where two functions subscribe to its topic',
  'retries refused subscriptions, and logs each once': 'it changes the roles of the realm',
  'calls functions of the same database over WAMP, nested several levels':
    'Crossbar.io adds the disclosed caller to forward_for, which says how deep a call is',
  'is detected if only the router knows the limit': 'it sets a limit of the router',
  'half a surrogate pair': 'Crossbar.io loses an error with half a surrogate pair',
  'U+0000 in keywords': 'it has half a surrogate pair as well',
  'is stored for any cause: wrong arguments': 'Crossbar.io loses an event with half a surrogate pair',
  'is stored in a form that jsonb accepts': 'Crossbar.io loses an event with half a surrogate pair',
};

/**
 * Arguments of mocha that select all other tests; with `-g`, those among them that it selects.
 *
 * @throws Error naming a test that is in none of the files: it was renamed
 */
export function withoutLeftOut(files: readonly string[], args: readonly string[] = []): string[] {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const unknown = Object.keys(leftOut).filter((title) => !texts.some((text) => text.includes(title)));
  if (unknown.length > 0)
    throw new Error(`scripts/tests/left-out.ts names tests that are not there: ${unknown.join('; ')}`);
  const titles = Object.keys(leftOut).map((title) => title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const at = args.findIndex((arg) => arg === '-g' || arg === '--grep');
  const wanted = at < 0 ? '' : (args[at + 1] ?? '');
  const others = at < 0 ? args : args.toSpliced(at, 2);
  // Not --invert, which would also invert the selection of -g.
  return ['--grep', `^(?!.*(?:${titles.join('|')})).*(?:${wanted})`, ...others];
}
