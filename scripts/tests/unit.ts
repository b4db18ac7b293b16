import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The names under which the harness exports servers and the browser, and the command that starts a PostgreSQL of its own. */
const heavy =
  /\b(sharedPostgres|startPostgres|createSetUpDatabase|startCrossbar|openBrowser|sharedBrowser|postgresBinaries|describeWithBroker)\b|\['demo'/;
const imported = /(?:from|import)\s*\(?\s*'([^']+)'/g;
const fixture = /^@pgwamp\/harness\/fixtures\/(.+)$/;

const known = new Map<string, boolean>();

/** Whether a test file, with all that it imports of tests and fixtures, starts neither PostgreSQL nor a browser nor Crossbar.io. */
export function isUnitTest(path: string): boolean {
  return !isHeavy(path);
}

function isHeavy(path: string): boolean {
  const decided = known.get(path);
  if (decided !== undefined) return decided;
  // A circle adds nothing to what its members say of themselves.
  known.set(path, false);
  const text = readFileSync(path, 'utf8');
  const answer = heavy.test(text) || supportOf(path, text).some(isHeavy);
  known.set(path, answer);
  return answer;
}

function supportOf(path: string, text: string): string[] {
  return [...text.matchAll(imported)].flatMap(([, specifier = '']) => {
    const [, name] = fixture.exec(specifier) ?? [];
    if (name) return [`packages/harness/src/fixtures/${name}.ts`];
    if (!specifier.startsWith('.')) return [];
    const target = join(dirname(path), specifier);
    // The harness's own entry names all that there is.
    return target.includes('/test/') || target.includes('/fixtures/')
      ? [target].filter((file) => existsSync(file))
      : [];
  });
}
